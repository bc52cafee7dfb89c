/**
 * Longest-prefix match: one Map per prefix length that is present, asked from the longest down. A lookup costs the number of distinct
 * lengths (a handful on any host), not the number of prefixes.
 */
import { mask4, mask6 } from './prefix.js'
import type { Ip, Prefix } from './types.js'

export interface PrefixTable<T> {
  add(prefix: Prefix, value: T): void
  /** values of every prefix that holds `ip`, longest prefix first; within one prefix in the order they were added */
  matches(ip: Ip): Iterable<readonly T[]>
}

interface Level<K, T> {
  readonly length: number
  readonly byNetwork: Map<K, T[]>
}

export const newPrefixTable = <T>(): PrefixTable<T> => {
  const levels4: Level<number, T>[] = []
  const levels6: Level<bigint, T>[] = []
  const put = <K>(levels: Level<K, T>[], length: number, network: K, value: T): void => {
    let level = levels.find((candidate) => candidate.length === length)
    if (!level) {
      level = { length, byNetwork: new Map() }
      levels.push(level)
      levels.sort((a, b) => b.length - a.length)
    }
    const values = level.byNetwork.get(network)
    if (values) values.push(value)
    else level.byNetwork.set(network, [value])
  }
  return {
    add(prefix, value) {
      if (prefix.ip.family === 4) put(levels4, prefix.length, prefix.ip.value, value)
      else put(levels6, prefix.length, prefix.ip.value, value)
    },
    *matches(ip) {
      if (ip.family === 4)
        for (const level of levels4) {
          const values = level.byNetwork.get((ip.value & mask4(level.length)) >>> 0)
          if (values) yield values
        }
      else
        for (const level of levels6) {
          const values = level.byNetwork.get(ip.value & mask6(level.length))
          if (values) yield values
        }
    },
  }
}
