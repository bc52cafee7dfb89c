/**
 * What to ask inside one network namespace. Few processes: the `ip` probes with the same options become one `ip -batch` (src/host/shell),
 * settings are one `grep`, and a tool is only started for tables that exist.
 */
import type { Guard, Probe } from '../../evidence/types.js'
import { type Bounds, probe } from '../probe.js'

/** The settings that decide what happens to a packet; absent files are passed over. `*` stands for every device, `all` and `default`. */
const SYSCTLS: readonly string[] = [
  'net/ipv4/ip_forward',
  'net/ipv4/ip_default_ttl',
  'net/ipv4/ip_local_port_range',
  'net/ipv4/fib_multipath_hash_policy',
  'net/ipv4/icmp_echo_ignore_all',
  'net/ipv4/icmp_echo_ignore_broadcasts',
  'net/ipv4/ip_early_demux',
  'net/ipv4/ip_nonlocal_bind',
  'net/ipv4/tcp_l3mdev_accept',
  'net/ipv4/udp_l3mdev_accept',
  ...['forwarding', 'rp_filter', 'accept_local', 'route_localnet', 'arp_ignore', 'arp_announce', 'arp_filter', 'proxy_arp', 'src_valid_mark', 'ignore_routes_with_linkdown', 'bc_forwarding'].map(
    (name) => `net/ipv4/conf/*/${name}`,
  ),
  'net/ipv6/bindv6only',
  'net/ipv6/fib_multipath_hash_policy',
  'net/ipv6/icmp/echo_ignore_all',
  ...['forwarding', 'force_forwarding', 'disable_ipv6', 'accept_ra', 'proxy_ndp', 'ignore_routes_with_linkdown', 'use_tempaddr'].map((name) => `net/ipv6/conf/*/${name}`),
  'net/bridge/*',
  'net/netfilter/nf_conntrack_tcp_loose',
  'net/netfilter/nf_conntrack_tcp_be_liberal',
  'net/netfilter/nf_conntrack_max',
  'net/netfilter/nf_conntrack_count',
  'net/netfilter/nf_conntrack_helper',
]

/** The globs are expanded by the shell inside the namespace: /proc/sys/net shows the reader's own. */
const sysctlScript = `grep -s '' ${SYSCTLS.map((path) => `/proc/sys/${path}`).join(' ')} || :`

export const namespaceProbes = (machine: string, folder: string, enter: string | null, bounds: Bounds): readonly Probe[] => {
  const at = enter === null ? {} : { enter }
  const ask = (file: string, argv: readonly string[], when?: Guard): Probe => probe(machine, folder, file, argv, bounds, when ? { ...at, when } : at)
  const id = (file: string): string => `${machine}/${folder}/${file}`
  const bridges: Guard = { kind: 'output-contains', probe: id('ip-link.json'), texts: ['"info_kind":"bridge"', '"info_kind":"vxlan"'] }
  const vlans: Guard = { kind: 'output-contains', probe: id('ip-link.json'), texts: ['"vlan_filtering":1'] }
  const hasNft: Guard = { kind: 'output-not-empty', probe: id('nft-tables.txt') }
  const legacy = (names: string): Guard => ({ kind: 'file-not-empty', path: `/proc/net/${names}` })
  /** iptables-nft's tables are nft's; a legacy iptables-save prints what ip_tables_names lists; without nft nobody can tell beforehand */
  const rules = (names: string): Guard => ({ kind: 'any', of: [{ ...hasNft, orFailed: true }, legacy(names)] })
  return [
    ask('ip-link.json', ['ip', '-j', '-d', 'link', 'show']),
    ask('ip-addr.json', ['ip', '-j', '-d', 'addr', 'show']),
    ask('ip-neigh.json', ['ip', '-j', '-d', 'neigh', 'show']),
    ask('ip-neigh-proxy.json', ['ip', '-j', '-d', 'neigh', 'show', 'proxy']),
    ask('ip-nexthop.json', ['ip', '-j', '-d', 'nexthop', 'show']),
    ask('ip-route.json', ['ip', '-4', '-j', '-d', 'route', 'show', 'table', 'all']),
    ask('ip-rule.json', ['ip', '-4', '-j', '-d', 'rule', 'show']),
    ask('ip6-route.json', ['ip', '-6', '-j', '-d', 'route', 'show', 'table', 'all']),
    ask('ip6-rule.json', ['ip', '-6', '-j', '-d', 'rule', 'show']),
    ask('bridge-link.json', ['bridge', '-j', '-d', 'link', 'show'], bridges),
    ask('bridge-fdb.json', ['bridge', '-j', 'fdb', 'show'], bridges),
    ask('bridge-vlan.json', ['bridge', '-j', 'vlan', 'show'], vlans),
    ask('sysctl.txt', ['sh', '-c', sysctlScript]),
    ask('ss-listen.txt', ['ss', '-H', '-l', '-n', '-t', '-u', '-e']),
    ask('nft-tables.txt', ['nft', 'list', 'tables']),
    ask('nft-ruleset.json', ['nft', '-j', '-a', 'list', 'ruleset'], hasNft),
    ask('nft-ruleset.txt', ['nft', '-a', 'list', 'ruleset'], hasNft),
    ask('iptables-save.txt', ['iptables-save'], rules('ip_tables_names')),
    ask('ip6tables-save.txt', ['ip6tables-save'], rules('ip6_tables_names')),
    ask('iptables-legacy-save.txt', ['iptables-legacy-save'], legacy('ip_tables_names')),
    ask('ip6tables-legacy-save.txt', ['ip6tables-legacy-save'], legacy('ip6_tables_names')),
    ask('ipset-save.txt', ['ipset', 'save'], rules('ip_tables_names')),
    ask('conntrack.txt', ['conntrack', '-L'], { kind: 'file-not-zero', path: '/proc/sys/net/netfilter/nf_conntrack_count' }),
    ask('conntrack6.txt', ['conntrack', '-f', 'ipv6', '-L'], { kind: 'file-not-zero', path: '/proc/sys/net/netfilter/nf_conntrack_count' }),
  ]
}

/** That namespace's own table of NSIDs; walks /proc, so it is asked where links lead elsewhere and nowhere else. */
export const nsidProbe = (machine: string, folder: string, enter: string | null, bounds: Bounds): Probe =>
  probe(machine, folder, 'lsns.json', ['lsns', '-J', '-t', 'net', '-o', 'NS,NETNSID,PID,NSFS'], bounds, enter === null ? {} : { enter })
