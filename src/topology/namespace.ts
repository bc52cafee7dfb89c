/**
 * One network namespace from its evidence folder. In: which namespace, what it is called, who lives there. Out: a Namespace whose tables
 * are parsed when first asked for: `ip -j link` of a namespace that a trace never enters is never read.
 */
import type { Snapshot } from '../evidence/types.js'
import type { Namespace, Resident, SysctlValue } from '../model/graph.js'
import type { Address, NsId } from '../model/link.js'
import type { Gap } from '../model/refs.js'
import type { Owner } from '../model/socket.js'
import { parseConntrack } from '../parse/conntrack.js'
import { parseIpAddr, parseIpLink } from '../parse/ip-link.js'
import { parseIpRoute, parseNexthops } from '../parse/ip-route.js'
import { parseIpRule } from '../parse/ip-rule.js'
import { parseIpset } from '../parse/ipset.js'
import type { Parsed } from '../parse/json.js'
import { parseBridgeVlan, parseFdb, parseNeigh } from '../parse/l2.js'
import { type RuleSource, rulesOf } from '../parse/rules.js'
import { parseSs } from '../parse/ss.js'
import { parseSysctl } from '../parse/sysctl.js'
import { type Reading, read } from './evidence.js'
import { once } from './lazy.js'

/** What the passes before this one know about it. */
export interface NamespaceIdentity {
  readonly id: NsId
  readonly machine: string
  readonly folder: string
  readonly name: string
  readonly kind: Namespace['kind']
  readonly inode: number | null
  readonly foundBy: readonly string[]
  readonly containers: readonly string[]
  readonly aliases: readonly string[]
  readonly residents: () => readonly Resident[]
  readonly nsids: () => ReadonlyMap<number, NsId>
  readonly ownersOf: (inode: number) => readonly Owner[]
}

/** file → what its output tells, in the words a gap uses */
const SOURCES = {
  'ip-link.json': 'the links',
  'ip-addr.json': 'the addresses',
  'ip-route.json': 'the IPv4 routes',
  'ip6-route.json': 'the IPv6 routes',
  'ip-rule.json': 'the IPv4 policy rules',
  'ip6-rule.json': 'the IPv6 policy rules',
  'ip-neigh.json': 'the neighbours',
  'ip-neigh-proxy.json': 'the proxied neighbours',
  'ip-nexthop.json': 'the next hop objects',
  'bridge-fdb.json': 'the bridge forwarding table',
  'bridge-vlan.json': 'the bridge VLANs',
  'sysctl.txt': 'the kernel settings',
  'iptables-save.txt': 'the iptables rules',
  'ip6tables-save.txt': 'the ip6tables rules',
  'iptables-legacy-save.txt': 'the legacy iptables rules',
  'ip6tables-legacy-save.txt': 'the legacy ip6tables rules',
  'nft-ruleset.json': 'the nft ruleset',
  'nft-ruleset.txt': 'the nft ruleset as text',
  'ipset-save.txt': 'the IP sets',
  'ss-listen.txt': 'the listening sockets',
  'conntrack.txt': 'the tracked IPv4 flows',
  'conntrack6.txt': 'the tracked IPv6 flows',
} as const
type File = keyof typeof SOURCES

/** Their absence changes how an answer is shown or refined, not whether it can be given: no gap where they were never asked. */
const OPTIONAL: ReadonlySet<File> = new Set<File>([
  'nft-ruleset.txt',
  'ip-neigh-proxy.json',
  'ip-nexthop.json',
  'bridge-vlan.json',
  'iptables-legacy-save.txt',
  'ip6tables-legacy-save.txt',
  'conntrack6.txt',
])

export const namespaceOf = (snapshot: Snapshot, identity: NamespaceIdentity): Namespace => {
  const { id, name } = identity
  const readings = new Map<File, Reading>()
  const reading = (file: File): Reading => {
    const found = readings.get(file) ?? read(snapshot, `${id}/${file}`, name, SOURCES[file])
    readings.set(file, found)
    return found
  }
  const seen = (file: File): boolean => reading(file).text !== null
  const parsed = <T>(file: File, parse: (text: string, evidence: string) => T): T => parse(reading(file).text ?? '', reading(file).id)
  const source = (file: File): RuleSource | null => {
    const { text, id: evidence } = reading(file)
    return text === null || text.trim() === '' ? null : { text, evidence }
  }

  const addresses = once(() => parsed('ip-addr.json', parseIpAddr))
  const links = once(() => {
    const facts = parsed('ip-link.json', (text, evidence) => parseIpLink(text, evidence, id))
    const none: readonly Address[] = []
    return { ...facts, facts: facts.facts.map((link) => ({ ...link, addresses: addresses().byIndex.get(link.index) ?? none })) }
  })
  const nexthops = once(() => parsed('ip-nexthop.json', parseNexthops))
  const routes4 = once(() => parsed('ip-route.json', (text, evidence) => parseIpRoute(text, evidence, 4, nexthops().byId)))
  const routes6 = once(() => parsed('ip6-route.json', (text, evidence) => parseIpRoute(text, evidence, 6, nexthops().byId)))
  const routes = once(() => [...routes4().facts, ...routes6().facts])
  const rules4 = once(() => parsed('ip-rule.json', (text, evidence) => parseIpRule(text, evidence, 4)))
  const rules6 = once(() => parsed('ip6-rule.json', (text, evidence) => parseIpRule(text, evidence, 6)))
  const rules = once(() => [...rules4().facts, ...rules6().facts])
  const neigh = once(() => parsed('ip-neigh.json', (text, evidence) => parseNeigh(text, evidence)))
  const proxies = once(() => parsed('ip-neigh-proxy.json', (text, evidence) => parseNeigh(text, evidence, true)))
  const neighbours = once(() => [...neigh().facts, ...proxies().facts])
  const fdb = once(() => parsed('bridge-fdb.json', parseFdb))
  const vlans = once(() => parsed('bridge-vlan.json', parseBridgeVlan))
  const sysctls = once((): ReadonlyMap<string, SysctlValue> => parsed('sysctl.txt', parseSysctl))
  const tables = once(() =>
    rulesOf({
      iptablesSave: source('iptables-save.txt'),
      ip6tablesSave: source('ip6tables-save.txt'),
      legacySave: source('iptables-legacy-save.txt'),
      legacy6Save: source('ip6tables-legacy-save.txt'),
      nftJson: source('nft-ruleset.json'),
      nftText: source('nft-ruleset.txt'),
    }),
  )
  const ipsets = once(() => parsed('ipset-save.txt', parseIpset))
  const listeners = once(() =>
    seen('ss-listen.txt') ? parsed('ss-listen.txt', (text, evidence) => parseSs(text, evidence, identity.ownersOf)) : null,
  )
  const conntrack = once(() =>
    seen('conntrack.txt') ? [...parsed('conntrack.txt', parseConntrack), ...parsed('conntrack6.txt', parseConntrack)] : null,
  )
  const gaps = once((): readonly Gap[] => {
    const missing = (Object.keys(SOURCES) as File[]).flatMap((file) => {
      const { gap } = reading(file)
      return gap && !(gap.because === 'not-recorded' && OPTIONAL.has(file)) ? [gap] : []
    })
    const readings: readonly (Parsed<unknown> | { readonly gaps: readonly Gap[] })[] = [
      links(),
      addresses(),
      nexthops(),
      routes4(),
      routes6(),
      rules4(),
      rules6(),
      neigh(),
      proxies(),
      fdb(),
      vlans(),
      tables(),
    ]
    return [...unreadable(missing, name), ...readings.flatMap((one) => one.gaps)]
  })

  return {
    id,
    machine: identity.machine,
    folder: identity.folder,
    name,
    kind: identity.kind,
    inode: identity.inode,
    foundBy: identity.foundBy,
    containers: identity.containers,
    aliases: identity.aliases,
    get residents() {
      return identity.residents()
    },
    get readable() {
      return seen('ip-link.json')
    },
    get links() {
      return links().facts
    },
    get routes() {
      return routes()
    },
    get rules() {
      return rules()
    },
    get neighbours() {
      return neighbours()
    },
    get fdb() {
      return fdb().facts
    },
    get vlans() {
      return vlans().facts
    },
    get sysctls() {
      return sysctls()
    },
    get tables() {
      return tables().tables
    },
    get ipsets() {
      return ipsets()
    },
    get listeners() {
      return listeners()
    },
    get conntrack() {
      return conntrack()
    },
    get nsids() {
      return identity.nsids()
    },
    get gaps() {
      return gaps()
    },
  }
}

/** A namespace that could not be entered fails every command the same way: that is one gap, not twenty. */
const unreadable = (missing: readonly Gap[], name: string): readonly Gap[] => {
  const [first] = missing
  const all = Object.keys(SOURCES).length - OPTIONAL.size
  if (!first || missing.length < all || missing.some((gap) => gap.because !== first.because)) return missing
  return [
    {
      about: `everything inside ${name}`,
      because: first.because,
      remedy: first.remedy,
      evidence: missing.flatMap((gap) => gap.evidence ?? []),
    },
  ]
}
