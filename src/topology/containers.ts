/**
 * Which namespace a container lives in. In: containers as the engine describes them, and what was seen of processes. Out: namespace by
 * container id, and a gap for each running container that has none.
 *
 * The engine gives a PID; the namespace is that process's. SandboxKey alone is not enough: it is empty for `--network container:X`. An
 * engine that runs in a PID namespace of its own (Docker in a container) gives PIDs of that one, which NSpid translates.
 */
import type { Container } from '../model/docker.js'
import type { NsId } from '../model/link.js'
import type { Gap } from '../model/refs.js'
import type { Processes } from './processes.js'

export interface ContainerContext {
  readonly processes: Processes
  readonly namespaceOfPid: (pid: number) => NsId | null
  readonly hostId: NsId | null
  /** the namespace behind a mount ("/run/docker/netns/486015f9fcc3") */
  readonly namespaceOfMount: (path: string) => NsId | null
}

const hasProcess = (container: Container): boolean => container.pid > 0 && /^(running|paused|restarting)$/.test(container.state)

const ENGINES = ['dockerd', 'dockerd-rootless', 'podman']

/** Where engines run: null when none was seen, else how deep in PID namespaces. */
const engineDepths = (processes: Processes): readonly number[] =>
  ENGINES.flatMap((name) => processes.named(name)).flatMap((pid) => {
    const chain = processes.chainOf(pid)
    return chain ? [chain.length] : []
  })

/** PIDs on this machine that the engine's PID may mean, best first. */
const candidates = (container: Container, { processes }: ContainerContext): readonly number[] => {
  const depths = engineDepths(processes)
  const direct = depths.length === 0 || depths.includes(1) ? [container.pid] : []
  return [...direct, ...processes.nestedAs(container.pid)]
}

const isHostMode = (container: Container): boolean => container.networkMode === 'host'

/** A process in the host's namespace cannot be that of a container with its own: the PID then belongs to somebody else. */
const plausible = (container: Container, ns: NsId, context: ContainerContext): boolean =>
  ns !== context.hostId || isHostMode(container) || container.networkMode.startsWith('container:')

const byPid = (container: Container, context: ContainerContext): NsId | null => {
  const mount = container.sandboxKey === '' ? null : context.namespaceOfMount(container.sandboxKey)
  const found = candidates(container, context).flatMap((pid) => {
    const ns = context.namespaceOfPid(pid)
    return ns !== null && plausible(container, ns, context) ? [ns] : []
  })
  const distinct = [...new Set(found)]
  if (mount !== null && distinct.includes(mount)) return mount
  return distinct.length === 1 || candidates(container, context)[0] === container.pid ? (distinct[0] ?? null) : null
}

const unseen = (container: Container, context: ContainerContext): Gap => ({
  about: `the network namespace of container ${container.name} (PID ${container.pid})`,
  because: context.processes.nameOf(container.pid) === null ? 'not-recorded' : 'denied',
  remedy:
    context.processes.nameOf(container.pid) === null
      ? 'run netmap on the machine where the engine runs: no such process is here'
      : 'run netmap as root (sudo netmap …)',
  evidence: [container.ref.evidence],
})

export const placeContainers = (
  containers: readonly Container[],
  context: ContainerContext,
): { readonly namespaceOf: ReadonlyMap<string, NsId>; readonly gaps: readonly Gap[] } => {
  const namespaceOf = new Map<string, NsId>()
  const running = containers.filter(hasProcess)
  for (const container of running) {
    const ns = byPid(container, context)
    if (ns !== null) namespaceOf.set(container.id, ns)
  }
  for (const container of running) {
    if (namespaceOf.has(container.id)) continue
    const host = container.networkMode.startsWith('container:') ? namespaceOf.get(owner(container, containers)?.id ?? '') : undefined
    const mount = container.sandboxKey === '' ? null : context.namespaceOfMount(container.sandboxKey)
    const ns = host ?? mount
    if (ns) namespaceOf.set(container.id, ns)
  }
  return { namespaceOf, gaps: running.filter((container) => !namespaceOf.has(container.id)).map((container) => unseen(container, context)) }
}

/** The container whose namespace `--network container:X` shares; the engine writes X's full id. */
export const owner = (container: Container, all: readonly Container[]): Container | null => {
  const of = /^container:(.+)$/.exec(container.networkMode)?.[1]
  return of === undefined ? null : (all.find((one) => one.id === of || one.name === of) ?? null)
}
