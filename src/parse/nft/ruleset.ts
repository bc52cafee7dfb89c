/**
 * `nft -j -a list ruleset` → tables; `nft -a list ruleset` gives each rule the text its owner knows, by handle.
 *
 *   {"nftables":[{"metainfo":…},{"table":{"family":"ip","name":"docker-bridges","handle":5}},
 *     {"chain":{"family":"ip","table":"docker-bridges","name":"filter-FORWARD","handle":1,"type":"filter","hook":"forward","prio":0,"policy":"accept"}},
 *     {"rule":{"family":"ip","table":"docker-bridges","chain":"filter-FORWARD","handle":7,"expr":[…]}},
 *     {"map":{"family":"ip","table":"docker-bridges","name":"m","type":"ifname","map":"verdict","elem":[["docker0",{"jump":{"target":"x"}}]]}}]}
 */
import type { Gap } from '../../model/refs.js'
import type { Chain, Hook, NamedSet, Rule, RuleFamily, RuleTable } from '../../model/rule.js'
import { isObject, type JsonObject, malformed, num, object, objects, parseJson, str, strings } from '../json.js'
import { readElements } from './expr.js'
import { readStatement } from './statement.js'
import { nftTexts } from './text.js'

const FAMILIES = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'])
const HOOKS = new Set(['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress', 'egress'])

/** nft ≥ 1.0.8 may print names. Bridge's own are not needed: its chains are read as numbers by every version so far. */
const PRIORITIES: ReadonlyMap<string, number> = new Map([['raw', -300], ['mangle', -150], ['dstnat', -100], ['filter', 0], ['security', 50], ['srcnat', 100]])

interface OpenTable {
  readonly record: JsonObject
  readonly line: number
  readonly chains: Map<string, { readonly record: JsonObject; readonly line: number; readonly rules: Rule[] }>
  readonly sets: Map<string, NamedSet>
}

const baseOf = (record: JsonObject): Chain['base'] => {
  const hook = str(record, 'hook')
  if (hook === null || !HOOKS.has(hook)) return null
  const type = str(record, 'type')
  const devices = str(record, 'dev') ?? record['dev']
  return {
    hook: hook as Hook,
    priority: num(record, 'prio') ?? PRIORITIES.get(str(record, 'prio') ?? '') ?? 0,
    type: type === 'nat' || type === 'route' ? type : 'filter',
    policy: str(record, 'policy') === 'drop' ? 'drop' : 'accept',
    devices: typeof devices === 'string' ? [devices] : strings(devices),
  }
}

const setOf = (record: JsonObject, isMap: boolean, evidence: string, line: number): NamedSet => {
  const elements = Array.isArray(record['elem']) ? record['elem'] : []
  const type = Array.isArray(record['type']) ? strings(record['type']).join(' . ') : (str(record, 'type') ?? '')
  return {
    name: str(record, 'name') ?? '',
    type,
    flags: strings(record['flags']),
    isMap,
    elements: elements.length === 0 ? [] : [readElements(elements)],
    ref: { evidence, line, text: `${isMap ? 'map' : 'set'} ${str(record, 'name')}` },
  }
}

export interface NftDump {
  readonly tables: readonly RuleTable[]
  readonly gaps: readonly Gap[]
}

export const parseNftRuleset = (text: string, evidence: string, plain: { readonly text: string; readonly evidence: string } | null): NftDump => {
  if (text.trim() === '') return { tables: [], gaps: [] }
  const parsed = parseJson(text)
  if (!parsed.ok) return { tables: [], gaps: [malformed(evidence, parsed.why)] }
  const items = objects(object(parsed.value)['nftables'])
  const texts = plain ? nftTexts(plain.text) : new Map<string, { readonly line: number; readonly text: string }>()
  const open = new Map<string, OpenTable>()
  const find = (record: JsonObject): OpenTable | undefined => open.get(`${str(record, 'family')} ${str(record, 'table')}`)
  items.forEach((item, index) => {
    const line = index + 1
    const [kind = '', value] = Object.entries(item)[0] ?? []
    if (!isObject(value)) return
    if (kind === 'table') open.set(`${str(value, 'family')} ${str(value, 'name')}`, { record: value, line, chains: new Map(), sets: new Map() })
    else if (kind === 'chain') find(value)?.chains.set(str(value, 'name') ?? '', { record: value, line, rules: [] })
    else if (kind === 'set' || kind === 'map') find(value)?.sets.set(str(value, 'name') ?? '', setOf(value, kind === 'map', evidence, line))
    else if (kind === 'rule') {
      const chain = find(value)?.chains.get(str(value, 'chain') ?? '')
      const handle = num(value, 'handle')
      const known = texts.get(`${str(value, 'family')} ${str(value, 'table')} ${handle}`)
      const body = Array.isArray(value['expr']) ? value['expr'] : []
      chain?.rules.push({
        number: chain.rules.length + 1,
        handle,
        text: known?.text ?? JSON.stringify(body),
        comment: str(value, 'comment'),
        exprs: body.flatMap(readStatement),
        ref: known && plain ? { evidence: plain.evidence, line: known.line, text: known.text } : { evidence, line, text: known?.text ?? JSON.stringify(body) },
      })
    }
  })
  const tables = [...open.values()].flatMap(({ record, line, chains, sets }): RuleTable[] => {
    const family = str(record, 'family') ?? ''
    if (!FAMILIES.has(family)) return []
    const name = str(record, 'name') ?? ''
    const closed = new Map<string, Chain>()
    for (const [chainName, chain] of chains) {
      const policy = str(chain.record, 'policy')
      const shown = `chain ${chainName}${policy ? ` { … policy ${policy}; }` : ''}`
      closed.set(chainName, { name: chainName, base: baseOf(chain.record), rules: chain.rules, handle: num(chain.record, 'handle'), ref: { evidence, line: chain.line, text: shown } })
    }
    return [{ system: 'nft', family: family as RuleFamily, name, chains: closed, sets, handle: num(record, 'handle'), ref: { evidence, line, text: `table ${family} ${name}` } }]
  })
  return { tables, gaps: [] }
}
