/**
 * Addresses and prefixes as values.
 *
 * IPv4 is an unsigned 32-bit number and IPv6 a BigInt: numbers are three to ten times faster on the hot path (routing, rule
 * matching), and nothing that netmap computes needs the two in one type.
 */
export type Family = 4 | 6

export interface Ip4 {
  readonly family: 4
  /** 0 … 2^32-1 */
  readonly value: number
}

export interface Ip6 {
  readonly family: 6
  /** 0n … 2^128-1n */
  readonly value: bigint
}

export type Ip = Ip4 | Ip6

/** A prefix with its host bits kept out of `ip` (10.1.2.3/8 is stored as 10.0.0.0/8). */
export interface Prefix {
  readonly ip: Ip
  readonly length: number
}
