/** "Did you mean": the known words nearest to what was typed, by edit distance. */

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** At most three words, nearest first, no further away than a third of what was typed (at least 2 edits). */
export const closest = (typed: string, known: readonly string[]): readonly string[] => {
  const limit = Math.max(2, Math.floor(typed.length / 3))
  return [...new Set(known)]
    .map((word) => ({ word, far: word.startsWith(typed) ? 1 : distance(typed.slice(0, 64), word.slice(0, 64)) }))
    .filter(({ far }) => far <= limit)
    .toSorted((a, b) => a.far - b.far || a.word.localeCompare(b.word))
    .slice(0, 3)
    .map(({ word }) => word)
}
