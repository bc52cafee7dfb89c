/**
 * `conntrack -L` → tracked flows.
 *
 *   tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=203.0.113.80 sport=40412 dport=443 src=203.0.113.80 dst=192.0.2.10 sport=443 dport=40412 [ASSURED] mark=0 use=1
 *   icmp     1 29 src=172.17.0.2 dst=8.8.8.8 type=8 code=0 id=7 src=8.8.8.8 dst=192.0.2.10 type=0 code=0 id=7 mark=0 use=1
 *   udp      17 12 src=10.0.0.1 dst=10.0.0.2 sport=53 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=53 mark=0 zone=3 use=1
 */
import { parseIp } from '../ip/index.js'
import type { ConntrackEntry, Tuple } from '../model/socket.js'

const tuple = (fields: ReadonlyMap<string, string>): Tuple | null => {
  const src = parseIp(fields.get('src') ?? '')
  const dst = parseIp(fields.get('dst') ?? '')
  if (!src || !dst) return null
  const port = (key: string): number | null => (fields.has(key) ? Number(fields.get(key)) : null)
  return { src, dst, sport: port('sport') ?? port('id'), dport: port('dport') ?? port('id') }
}

export const parseConntrack = (text: string, evidence: string): readonly ConntrackEntry[] =>
  text.split('\n').flatMap((line, index): ConntrackEntry[] => {
    const first = new Map<string, string>()
    const second = new Map<string, string>()
    const rest = new Map<string, string>()
    for (const [, key = '', value = ''] of line.matchAll(/\b([a-z-]+)=(\S+)/g)) {
      const into = /^(src|dst|sport|dport|type|code|id)$/.test(key) ? (first.has(key) ? second : first) : rest
      into.set(key, value)
    }
    const original = tuple(first)
    const reply = tuple(second)
    const proto = /^(?:ipv[46]\s+\d+\s+)?(\w+)/.exec(line)?.[1]
    if (!original || !reply || proto === undefined) return []
    return [
      {
        proto,
        state: /\b(NONE|SYN_SENT2?|SYN_RECV|ESTABLISHED|FIN_WAIT|CLOSE_WAIT|LAST_ACK|TIME_WAIT|CLOSE)\b/.exec(line)?.[1] ?? null,
        original,
        reply,
        status: [...line.matchAll(/\[(\w+)\]/g)].map(([, status = '']) => status),
        mark: Number(rest.get('mark') ?? 0),
        zone: Number(rest.get('zone') ?? 0),
        ref: { evidence, line: index + 1, text: line.trim().replace(/\s+/g, ' ') },
      },
    ]
  })
