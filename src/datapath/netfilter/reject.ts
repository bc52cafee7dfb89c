/** REJECT: what goes back to the sender, and what its connect() or send() then says. Kernel: net/ipv4/netfilter/nf_reject_ipv4.c. */
import type { RejectReply } from '../types.js'

const ERRNO: Readonly<Record<string, string | null>> = {
  'tcp-reset': 'ECONNREFUSED',
  'icmp-port-unreachable': 'ECONNREFUSED',
  'icmp6-port-unreachable': 'ECONNREFUSED',
  'icmp-host-unreachable': 'EHOSTUNREACH',
  'icmp-host-prohibited': 'EHOSTUNREACH',
  'icmp-admin-prohibited': 'EHOSTUNREACH',
  'icmp-proto-unreachable': 'ENOPROTOOPT',
  'icmp-net-unreachable': 'ENETUNREACH',
  'icmp-net-prohibited': 'ENETUNREACH',
  'icmp6-addr-unreachable': 'EHOSTUNREACH',
  'icmp6-no-route': 'ENETUNREACH',
  'icmp6-adm-prohibited': 'EACCES',
  'icmp6-admin-prohibited': 'EACCES',
  'icmp6-policy-fail': 'EACCES',
  'icmp6-reject-route': 'EACCES',
}

const ICMPX: Readonly<Record<string, readonly [string, string]>> = {
  'icmpx-port-unreachable': ['icmp-port-unreachable', 'icmp6-port-unreachable'],
  'icmpx-admin-prohibited': ['icmp-admin-prohibited', 'icmp6-adm-prohibited'],
  'icmpx-no-route': ['icmp-net-unreachable', 'icmp6-no-route'],
  'icmpx-host-unreachable': ['icmp-host-unreachable', 'icmp6-addr-unreachable'],
}

/** `kind` as the rule says it; empty is the default of its family. */
export const rejectReply = (kind: string, family: 4 | 6): RejectReply => {
  const spelled = kind
    .replace(/^icmp-(net|host|port|proto|admin)-unreach$/, 'icmp-$1-unreachable')
    .replace(/^icmp6-port-unreach$/, 'icmp6-port-unreachable')
    .replace(/^icmp6-addr-unreach$/, 'icmp6-addr-unreachable')
    .replace(/^tcp-rst$/, 'tcp-reset')
  const usual = spelled === '' ? (family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable') : (ICMPX[spelled]?.[family === 4 ? 0 : 1] ?? spelled)
  return { with: usual, errno: ERRNO[usual] ?? null }
}
