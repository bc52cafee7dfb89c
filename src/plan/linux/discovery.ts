/**
 * The first round on a Linux machine: who it is, which processes live in which namespaces, what the engine runs.
 * Every script here is POSIX sh with nothing but shell built-ins where a fork per process would cost, and runs in busybox.
 */
import type { Probe } from '../../evidence/types.js'
import { type Bounds, probe } from '../probe.js'

const sh = (script: string): readonly string[] => ['sh', '-c', script]

/** "pid ppid comm" of every process, read without a process of its own. A name may hold blanks and brackets. */
const PS = `for p in /proc/[0-9]*; do { read -r l < $p/stat; } 2>/dev/null || continue; c=\${l#*\\(}; c=\${c%\\)*}; r=\${l##*\\) }; r=\${r#* }; echo "\${p#/proc/} \${r%% *} $c"; done`

/** Open files that hold a socket or a network namespace: "… /proc/4711/fd/7 -> socket:[23049]". */
const FDS = `find /proc/[0-9]*/fd -type l -exec ls -l {} + 2>/dev/null | grep -E 'socket:\\[|net:\\[' || :`

/** Full command lines of relays and of nothing else: others may hold secrets, and are not needed. */
const RELAYS = `for p in /proc/[0-9]*; do { read -r c < $p/comm; } 2>/dev/null || continue; case $c in docker-proxy|rootlesskit*|slirp*|pasta*|passt*|gvproxy*|vpnkit*|com.docker*) a=$(tr '\\000' ' ' < $p/cmdline 2>/dev/null); echo "\${p#/proc/} $a";; esac; done`

export const DOCKER_FORMAT = '{{json .}}'

export const discoveryProbes = (machine: string, bounds: Bounds, tasks: boolean): readonly Probe[] => {
  const ask = (file: string, argv: readonly string[]): Probe => probe(machine, null, file, argv, bounds)
  const task = tasks ? ' /proc/[0-9]*/task/[0-9]*/ns/net' : ''
  return [
    ask('hostname.txt', ['uname', '-n']),
    ask('uname.txt', ['uname', '-srvm']),
    ask('os-release.txt', ['cat', '/etc/os-release']),
    ask('id.txt', ['id', '-u']),
    ask('netns-procs.txt', sh(`stat -L -c '%n %d:%i' /proc/self/ns/net /proc/[0-9]*/ns/net${task} 2>/dev/null || :`)),
    ask('mntns-procs.txt', sh(`stat -L -c '%n %d:%i' /proc/self/ns/mnt /proc/[0-9]*/ns/mnt 2>/dev/null || :`)),
    ask('ps.txt', sh(PS)),
    ask('fds.txt', sh(FDS)),
    ask('nspid.txt', sh(`grep -s '^NSpid:' /proc/[0-9]*/status || :`)),
    ask('relay-cmdlines.txt', sh(RELAYS)),
    ask('netns-names.json', ['ip', '-j', 'netns', 'list']),
    ask('resolv-conf.txt', ['cat', '/etc/resolv.conf']),
    ask('docker-version.json', ['docker', 'version', '--format', DOCKER_FORMAT]),
    ask('docker-info.json', ['docker', 'info', '--format', DOCKER_FORMAT]),
    ask('docker-ps.txt', ['docker', 'ps', '-aq', '--no-trunc']),
    ask('docker-networks.txt', ['docker', 'network', 'ls', '-q', '--no-trunc']),
  ]
}

/** nsfs mounts that one process sees: namespaces that are kept by a bind mount, in whichever mount namespace. */
export const mountinfoProbe = (machine: string, pid: number, bounds: Bounds): Probe =>
  probe(machine, null, `mountinfo-${pid}.txt`, sh(`grep -s ' nsfs ' /proc/${pid}/mountinfo || :`), bounds)

export const dockerDetailProbes = (machine: string, ids: { readonly containers: readonly string[]; readonly networks: readonly string[] }, bounds: Bounds): readonly Probe[] => [
  ...(ids.containers.length > 0 ? [probe(machine, null, 'docker-inspect.json', ['docker', 'inspect', '--type', 'container', ...ids.containers], bounds)] : []),
  ...(ids.networks.length > 0 ? [probe(machine, null, 'docker-network-inspect.json', ['docker', 'network', 'inspect', ...ids.networks], bounds)] : []),
]
