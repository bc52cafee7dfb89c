/** Where a fact was read. Every step of an answer cites at least one. */
export interface Ref {
  /** Probe id in the snapshot ("linux/host/ip-route.json") */
  readonly evidence: string
  /** 1-based: the line of a text output, or the element of a JSON array */
  readonly line: number
  /** the line itself, or the JSON element written the way `ip`/`nft` would print it as text; one line, unescaped */
  readonly text: string
}

/** What could not be known, why, and what would help. Part of every answer. */
export interface Gap {
  readonly about: string
  readonly because: 'denied' | 'missing-tool' | 'timeout' | 'not-recorded' | 'unsupported' | 'failed' | 'truncated' | 'malformed'
  readonly remedy: string
  /** probe ids or rule texts behind it */
  readonly evidence?: readonly string[]
}

export type Certainty = 'observed' | 'derived' | 'assumed'
