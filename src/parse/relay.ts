/**
 * Command lines of relay processes → what they carry where.
 *
 *   3137 /usr/sbin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.3 -container-port 80
 *   911 slirp4netns --mtu=65520 --configure 4711 tap0
 */
import { parseIp } from '../ip/index.js'
import type { Relay } from '../model/socket.js'

const KINDS: readonly (readonly [RegExp, Relay['kind']])[] = [
  [/(^|\/)(docker-proxy|rootlesskit-docker-proxy|slirp-proxy|vpnkit-expose-port|vpnkit-userland-proxy)$/, 'docker-proxy'],
  [/(^|\/)slirp4netns$/, 'slirp4netns'],
  [/(^|\/)(pasta|passt|pasta\.avx2|passt\.avx2)$/, 'pasta'],
  [/(^|\/)rootlesskit$/, 'rootlesskit'],
  [/(^|\/)gvproxy$/, 'gvproxy'],
  [/(^|\/)(vpnkit|com\.docker\.vpnkit|vpnkit-bridge)$/, 'vpnkit'],
]

const flag = (argv: readonly string[], name: string): string | null => {
  for (const [index, word] of argv.entries()) {
    if (word === `-${name}` || word === `--${name}`) return argv[index + 1] ?? null
    if (word.startsWith(`-${name}=`) || word.startsWith(`--${name}=`)) return word.slice(word.indexOf('=') + 1)
  }
  return null
}

const port = (text: string | null): number | null => (text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null)

/** One relay a line: pid, then the command line. */
export const parseRelays = (text: string, evidence: string, namespaceOf: (pid: number) => string | null): readonly Relay[] =>
  text.split('\n').flatMap((line, index): Relay[] => {
    const [pid, ...argv] = line.trim().split(/\s+/)
    const kind = KINDS.find(([pattern]) => pattern.test(argv[0] ?? ''))?.[1]
    if (pid === undefined || !/^\d+$/.test(pid) || !kind) return []
    const proto = flag(argv, 'proto')
    return [
      {
        kind,
        pid: Number(pid),
        proto: proto === 'tcp' || proto === 'udp' || proto === 'sctp' ? proto : 'any',
        listenIp: parseIp(flag(argv, 'host-ip') ?? ''),
        listenPort: port(flag(argv, 'host-port')),
        targetIp: parseIp(flag(argv, 'container-ip') ?? ''),
        targetPort: port(flag(argv, 'container-port')),
        namespace: namespaceOf(Number(pid)),
        ref: { evidence, line: index + 1, text: line.trim() },
      },
    ]
  })
