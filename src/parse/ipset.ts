/**
 * `ipset save` → sets.
 *
 *   create blocked hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
 *   add blocked 10.0.0.0/8
 *   add blocked 10.1.0.0/16 nomatch
 *   create docker-ext-bridges-v4 hash:net …
 */
import type { IpsetElement } from '../model/ipset.js'
import type { NamedSet } from '../model/rule.js'
import { tokens } from './iptables/tokens.js'

export const parseIpset = (text: string, evidence: string): ReadonlyMap<string, NamedSet> => {
  const sets = new Map<string, NamedSet & { readonly elements: IpsetElement[] }>()
  text.split('\n').forEach((line, index) => {
    const [verb, name = '', ...rest] = tokens(line)
    if (verb === 'create') {
      const [type = '', ...options] = rest
      sets.set(name, { name, type, flags: options, isMap: false, elements: [], ref: { evidence, line: index + 1, text: line } })
    } else if (verb === 'add') sets.get(name)?.elements.push({ parts: (rest[0] ?? '').split(','), nomatch: rest.includes('nomatch') })
  })
  return sets
}
