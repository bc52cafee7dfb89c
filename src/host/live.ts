/**
 * This machine. A round of probes becomes a few shell programs that run side by side; each is one process tree, whatever the number of
 * namespaces. As root: `sh`. Else `sudo -n sh` where that works without asking; else `sh`, and what it may not see is a gap.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Evidence, Platform, Probe } from '../evidence/types.js'
import { type Host, HostError } from './types.js'
import { frameReader } from './shell/frames.js'
import { program } from './shell/program.js'

export interface LiveOptions {
  /** replaces the choice of `sh` or `sudo -n sh`: the argv of a program that reads a POSIX shell program from its stdin */
  readonly shell?: readonly string[]
  readonly signal?: AbortSignal
}

/** What tools need to find their daemon; everything else of netmap's environment stays behind. */
const KEEP = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_CONFIG', 'XDG_RUNTIME_DIR', 'HOME']

const kept = (): Readonly<Record<string, string>> => Object.fromEntries(KEEP.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])))

const privileged = async (): Promise<readonly string[]> => {
  if (process.getuid?.() === 0) return ['sh']
  const { execa } = await import('execa')
  const sudo = await execa('sudo', ['-n', 'true'], { reject: false, timeout: 3000, stdio: 'ignore' })
  return sudo.exitCode === 0 ? ['sudo', '-n', 'sh'] : ['sh']
}

/** The engine's commands wait for a daemon: they have a lane of their own. Namespaces are dealt out over the rest. */
const lanesOf = (probes: readonly Probe[], count: number): readonly ReadonlyMap<number, Probe>[] => {
  const engine = new Map<number, Probe>()
  const rest = Array.from({ length: count }, () => new Map<number, Probe>())
  const laneOf = new Map<string, number>()
  probes.forEach((probe, index) => {
    if (probe.argv[0] === 'docker') return engine.set(index, probe)
    const place = `${probe.machine} ${probe.namespace ?? ''}`
    const lane = laneOf.get(place) ?? laneOf.size % count
    laneOf.set(place, lane)
    return rest[lane]?.set(index, probe)
  })
  return [engine, ...rest].filter((lane) => lane.size > 0)
}

/** A lane that is still going after everything in it could have timed out once or twice is not coming back. */
const deadline = (lane: ReadonlyMap<number, Probe>): number => 60_000 + 6 * Math.max(...[...lane.values()].map((probe) => probe.timeoutMs))

const runLane = async (lane: ReadonlyMap<number, Probe>, shell: readonly string[], options: LiveOptions): Promise<readonly Evidence[]> => {
  const { execa } = await import('execa')
  const nonce = randomBytes(16).toString('hex')
  const reader = frameReader(lane, nonce, () => performance.now())
  const [command = 'sh', ...args] = shell
  const child = execa(command, args, {
    input: program(lane, nonce, kept()),
    buffer: false,
    reject: false,
    timeout: deadline(lane),
    killSignal: 'SIGKILL',
    env: { LC_ALL: 'C' },
    encoding: 'buffer',
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  })
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => reader.feed(chunk))
  child.stderr.on('data', (chunk: Buffer) => void (errors.length < 16 && errors.push(chunk)))
  const result = await child
  const stderr = Buffer.concat(errors).toString('utf8').slice(0, 4096)
  if (result.code === 'ENOENT') throw new HostError(`${command} was not found: netmap needs a POSIX shell to read this machine`, ['--from SNAPSHOT'])
  return reader.finish({ outcome: result.timedOut ? 'timeout' : 'failed', stderr: stderr || 'the shell ended before it got here' })
}

export const liveHost = (options: LiveOptions = {}): Host => {
  let shell: readonly string[] | null = options.shell ?? null
  return {
    machine: { id: 'linux', name: hostname(), platform: process.platform as Platform },
    async run(probes) {
      if (probes.length === 0) return []
      if (process.platform !== 'linux') throw new HostError(`netmap reads live hosts on Linux only, this is ${process.platform}`, ['--from SNAPSHOT'])
      shell ??= await privileged()
      const use = shell
      const answered = await Promise.all(lanesOf(probes, Math.max(2, Math.min(4, availableParallelism()))).map((lane) => runLane(lane, use, options)))
      const byId = new Map(answered.flat().map((evidence) => [evidence.probe.id, evidence]))
      return probes.flatMap((probe) => byId.get(probe.id) ?? [])
    },
  }
}
