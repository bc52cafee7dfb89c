/**
 * `ss -H -l -n -t -u -e` → who listens.
 *
 *   udp UNCONN 0 0      127.0.0.11:41823   0.0.0.0:* ino:25125 sk:2 cgroup:/ <->
 *   tcp LISTEN 0 511          0.0.0.0:8080 0.0.0.0:* ino:23049 sk:1 cgroup:/ <->
 *   tcp LISTEN 0 511                *:80         *:* ino:23456 sk:7 v6only:0 <->
 *   tcp LISTEN 0 128             [::]:22      [::]:* ino:23457 sk:8 v6only:1 <->
 *   udp UNCONN 0 0   192.0.2.1%eth0:68       0.0.0.0:* ino:111 sk:3 <->
 *
 * `*` is a "::" socket that takes IPv4 too.
 */
import { parseIp } from '../ip/index.js'
import type { Listener, Owner } from '../model/socket.js'

export const parseSs = (text: string, evidence: string, ownersOf: (inode: number) => readonly Owner[] = () => []): readonly Listener[] =>
  text.split('\n').flatMap((line, index): Listener[] => {
    const fields = line.trim().split(/\s+/)
    const [proto, state, , , local] = fields
    if ((proto !== 'tcp' && proto !== 'udp') || local === undefined || (state !== 'LISTEN' && state !== 'UNCONN')) return []
    const colon = local.lastIndexOf(':')
    const port = Number(local.slice(colon + 1))
    const [host = '', dev] = local.slice(0, colon).replace(/^\[|\]$/g, '').replace(']%', '%').split('%')
    const ip = parseIp(host === '*' ? '::' : host)
    if (!ip || !Number.isInteger(port)) return []
    const inode = /\bino:(\d+)/.exec(line)?.[1]
    const only = /\bv6only:(\d)/.exec(line)?.[1]
    return [
      {
        proto,
        ip,
        dualStack: ip.family === 6 && ip.value === 0n && (only === undefined ? host === '*' : only === '0'),
        port,
        dev: dev ?? null,
        inode: inode === undefined ? null : Number(inode),
        owners: inode === undefined ? [] : ownersOf(Number(inode)),
        ref: { evidence, line: index + 1, text: line.trim().replace(/\s+/g, ' ') },
      },
    ]
  })
