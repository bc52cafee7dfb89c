/**
 * `iptables-save`, `ip6tables-save` and their -legacy- forms → tables.
 *
 *   *filter
 *   :FORWARD DROP [0:0]
 *   :DOCKER - [0:0]
 *   -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
 *   [12:840] -A DOCKER -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
 *   COMMIT
 *
 * A table that iptables-nft cannot print ("# Table `filter' is incompatible, use 'nft' tool.") is left to nft's own dump.
 */
import type { Family } from '../../ip/types.js'
import { type Action, action, type Chain, type Expr, type Hook, type Match, match, type Rule, type RuleFamily, type RuleSystem, type RuleTable } from '../../model/rule.js'
import type { Gap } from '../../model/refs.js'
import { isCannotKnow, readMatch } from './matches.js'
import { readTarget } from './targets.js'
import { cursor, tokens } from './tokens.js'
import { protocol } from './values.js'

/** include/uapi/linux/netfilter_ipv4.h: where each table's built-in chains hook in. nat is fixed in the kernel's NAT core. */
const PRIORITY: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 }
const HOOKS: Readonly<Record<string, Hook>> = { PREROUTING: 'prerouting', INPUT: 'input', FORWARD: 'forward', OUTPUT: 'output', POSTROUTING: 'postrouting' }

const priorityOf = (table: string, hook: Hook): number =>
  table === 'nat' ? (hook === 'prerouting' || hook === 'output' ? -100 : 100) : (PRIORITY[table] ?? 0)

const baseOf = (table: string, name: string, policy: string): Chain['base'] => {
  const hook = HOOKS[name]
  if (policy === '-' || hook === undefined) return null
  return { hook, priority: priorityOf(table, hook), type: table === 'nat' ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter', policy: policy === 'DROP' ? 'drop' : 'accept', devices: [] }
}

export interface IptablesDump {
  readonly tables: readonly RuleTable[]
  /** tables the tool refused to print */
  readonly incompatible: readonly string[]
  readonly gaps: readonly Gap[]
}

/** Everything behind `-A CHAIN`, as matches then actions. `chains` tells a user chain from a target. */
export const readRule = (words: readonly string[], family: Family, chains: ReadonlySet<string>): { readonly exprs: readonly Expr[]; readonly comment: string | null } => {
  const at = cursor(words)
  const matches: Match[] = []
  const actions: Action[] = []
  let comment: string | null = null
  let proto = 0
  let module = ''
  for (let word = at.next(); word !== undefined; word = at.next()) {
    if (word === '!') at.negate()
    else if (word === '-p' || word === '--protocol') {
      const text = at.value()
      proto = protocol(text) ?? -1
      if (proto !== 0) matches.push(proto < 0 ? { kind: 'unknown', what: `-p ${text}` } : { kind: 'protocol', proto, negate: at.negated() })
    } else if (word === '-m' || word === '--match') {
      module = at.value()
      if (isCannotKnow(module)) matches.push({ kind: 'cannot-know', what: [`-m ${module}`, ...restOf(at)].join(' ') })
      else if (module === 'rpfilter') matches.push(rpfilter(restOf(at)))
    } else if (word === '--comment' && module === 'comment') comment = at.value()
    else if (word === '--return-nomatch' || word === '--update-counters' || word === '--update-subcounters') at.negated()
    else if (word === '--limit-iface-in' || word === '--limit-iface-out') limitAddrtype(matches, word === '--limit-iface-in' ? 'in' : 'out')
    else if (word === '-j' || word === '--jump' || word === '-g' || word === '--goto') {
      const target = at.value()
      const rest = restAll(at)
      if (word === '-g' || word === '--goto') actions.push({ kind: 'goto', chain: target })
      else if (chains.has(target)) actions.push({ kind: 'jump', chain: target })
      else actions.push(...readTarget(target, rest))
    } else {
      const read = readMatch(word, { family, words: at, proto, module })
      if (read === undefined || read === null) matches.push({ kind: 'unknown', what: [`-m ${module}`, word, ...restOf(at)].join(' ') })
      else matches.push(...(Array.isArray(read) ? (read as readonly Match[]) : [read as Match]))
      at.negated()
    }
  }
  return { exprs: [...matches.map(match), ...actions.map(action)], comment }
}

const restOf = (at: ReturnType<typeof cursor>): readonly string[] => {
  const words: string[] = []
  for (let word = at.peek(); word !== undefined && !/^(-m|--match|-j|--jump|-g|--goto)$/.test(word); word = at.peek()) words.push(at.next() ?? '')
  return words
}

const restAll = (at: ReturnType<typeof cursor>): readonly string[] => {
  const words: string[] = []
  for (let word = at.next(); word !== undefined; word = at.next()) words.push(word)
  return words
}

const rpfilter = (options: readonly string[]): Match => ({
  kind: 'rpfilter',
  loose: options.includes('--loose'),
  mark: options.includes('--validmark'),
  invert: options.includes('--invert'),
})

const limitAddrtype = (matches: Match[], limit: 'in' | 'out'): void => {
  for (const [index, one] of matches.entries()) if (one.kind === 'addrtype') matches[index] = { ...one, limit }
}

interface OpenTable {
  readonly name: string
  readonly line: number
  readonly policies: Map<string, { readonly policy: string; readonly line: number; readonly text: string }>
  readonly lines: { readonly chain: string; readonly text: string; readonly words: readonly string[]; readonly line: number }[]
}

const close = (open: OpenTable, evidence: string, family: Family, system: RuleSystem): RuleTable => {
  const names = new Set(open.policies.keys())
  const rules = new Map<string, Rule[]>([...names].map((name) => [name, []]))
  for (const { chain, text, words, line } of open.lines) {
    const list = rules.get(chain) ?? []
    rules.set(chain, list)
    const { exprs, comment } = readRule(words, family, names)
    list.push({ number: list.length + 1, handle: null, text, comment, exprs, ref: { evidence, line, text } })
  }
  const chains = new Map<string, Chain>()
  for (const [name, { policy, line, text }] of open.policies)
    chains.set(name, { name, base: baseOf(open.name, name, policy), rules: rules.get(name) ?? [], handle: null, ref: { evidence, line, text } })
  const ruleFamily: RuleFamily = family === 4 ? 'ip' : 'ip6'
  return { system, family: ruleFamily, name: open.name, chains, sets: new Map(), handle: null, ref: { evidence, line: open.line, text: `*${open.name}` } }
}

export const parseIptablesSave = (text: string, evidence: string, family: Family, system: RuleSystem): IptablesDump => {
  const tables: RuleTable[] = []
  const incompatible: string[] = []
  let open: OpenTable | null = null
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const refused = /^# Table `(\w+)' is incompatible/.exec(line)?.[1]
    if (refused !== undefined) incompatible.push(refused)
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('*')) open = { name: line.slice(1), line: index + 1, policies: new Map(), lines: [] }
    else if (line === 'COMMIT') {
      if (open) tables.push(close(open, evidence, family, system))
      open = null
    } else if (open && line.startsWith(':')) {
      const [name = '', policy = '-'] = line.slice(1).split(/\s+/)
      open.policies.set(name, { policy, line: index + 1, text: `:${name} ${policy}` })
    } else if (open) {
      const bare = line.replace(/^\[\d+:\d+\] /, '')
      const [dash, chain = '', ...words] = tokens(bare)
      if (dash === '-A' || dash === '-I') open.lines.push({ chain, text: bare, words, line: index + 1 })
    }
  }
  const cut: readonly Gap[] = open
    ? [{ about: `the rest of table ${open.name}: ${evidence} ends in the middle of it`, because: 'truncated', remedy: 'record the host again', evidence: [evidence] }]
    : []
  if (open) tables.push(close(open, evidence, family, system))
  return { tables, incompatible, gaps: cut }
}
