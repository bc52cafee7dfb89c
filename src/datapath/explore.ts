/**
 * Walks again for every answer that state alone cannot give. See docs/decisions/0001-explore-by-replay.md.
 *
 * In: a function that walks once and asks `choose` where it cannot know. Out: one value per combination of answers that was reached,
 * the most ordinary first (every unknown match false, every first leg), each with the answers it rests on.
 */
import type { Choose } from './types.js'

export interface Run<T> {
  readonly value: T
  /** the answers this run was given, in words: "limit in filter FORWARD #3: matches" */
  readonly given: readonly string[]
}

export interface Explored<T> {
  readonly runs: readonly Run<T>[]
  /** false when the bound ended the search: there are outcomes nobody looked at */
  readonly complete: boolean
}

interface Fork {
  readonly what: string
  readonly options: readonly string[]
  picked: number
}

/**
 * `bound` is the number of walks at most. The same question asked twice in one run gets the same answer: an unknown fact (the uid of a
 * sender) does not change on the way, and a bucket that was full a microsecond ago still is.
 */
export const explore = <T>(walk: (choose: Choose) => T, bound = 64): Explored<T> => {
  const runs: Run<T>[] = []
  let path: Fork[] = []
  for (;;) {
    const forks: Fork[] = []
    const answers = new Map<string, number>()
    const choose: Choose = (what, options) => {
      const known = answers.get(what)
      if (known !== undefined) return known
      const picked = path[forks.length]?.picked ?? 0
      forks.push({ what, options, picked })
      answers.set(what, picked)
      return picked
    }
    const value = walk(choose)
    runs.push({ value, given: forks.map((fork) => `${fork.what}: ${fork.options[fork.picked] ?? ''}`) })
    while (forks.length > 0 && (forks.at(-1)?.picked ?? 0) + 1 >= (forks.at(-1)?.options.length ?? 0)) forks.pop()
    const last = forks.at(-1)
    if (!last) return { runs, complete: true }
    if (runs.length >= bound) return { runs, complete: false }
    last.picked += 1
    path = forks
  }
}
