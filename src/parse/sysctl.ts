/**
 * Kernel settings, as `grep` over /proc/sys or as `sysctl -a` prints them → "net.ipv4.conf.eth0.rp_filter" → value.
 *
 *   /proc/sys/net/ipv4/conf/eth0.10/rp_filter:1        (grep -H; a device name keeps its dots)
 *   net.ipv4.conf.eth0/10.rp_filter = 1                (sysctl: a dot in a device name is written "/")
 *
 * Keys come out in sysctl's form, so a device name's dots are "/" there.
 */
import type { SysctlValue } from '../model/graph.js'

const PROC = '/proc/sys/'

export const parseSysctl = (text: string, evidence: string): ReadonlyMap<string, SysctlValue> => {
  const values = new Map<string, SysctlValue>()
  text.split('\n').forEach((line, index) => {
    const found = line.startsWith(PROC) ? fromProc(line) : /^([\w./-]+) = (.*)$/.exec(line)?.slice(1, 3)
    const [key, value] = found ?? []
    if (key === undefined || value === undefined) return
    values.set(key, { key, value: value.trim(), ref: { evidence, line: index + 1, text: `${key} = ${value.trim()}` } })
  })
  return values
}

const fromProc = (line: string): readonly string[] | null => {
  const colon = line.lastIndexOf(':')
  const path = line.slice(PROC.length, colon)
  if (colon < 0 || path.includes('\0')) return null
  const key = path
    .split('/')
    .map((part) => part.replaceAll('.', '/'))
    .join('.')
  return [key, line.slice(colon + 1)]
}
