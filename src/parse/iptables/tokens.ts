/** A line of iptables-save → words. Quoting is the tool's own: `"a \"b\""`, backslash escapes inside double quotes. */
export const tokens = (line: string): readonly string[] => {
  const words: string[] = []
  let word = ''
  let open = false
  let quoted = false
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] as string
    if (quoted) {
      if (char === '\\' && i + 1 < line.length) {
        i += 1
        word += line[i]
      } else if (char === '"') quoted = false
      else word += char
    } else if (char === '"') {
      quoted = true
      open = true
    } else if (char === ' ' || char === '\t') {
      if (open) words.push(word)
      word = ''
      open = false
    } else {
      word += char
      open = true
    }
  }
  if (open) words.push(word)
  return words
}

/** A cursor over words that knows about `!`. */
export interface Words {
  peek(): string | undefined
  next(): string | undefined
  /** reads a value; a `!` in front of it also negates (old style: `--dport ! 80`) */
  value(): string
  /** true once per `!` that was read */
  negated(): boolean
  negate(): void
}

export const cursor = (words: readonly string[]): Words => {
  let at = 0
  let negate = false
  return {
    peek: () => words[at],
    next: () => words[at++],
    value() {
      if (words[at] === '!') {
        negate = true
        at += 1
      }
      return words[at++] ?? ''
    },
    negated() {
      const was = negate
      negate = false
      return was
    },
    negate() {
      negate = true
    },
  }
}
