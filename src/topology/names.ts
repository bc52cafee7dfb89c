/**
 * What a namespace is called. In: discovered namespaces and the containers that live in them. Out: one name each, unique in the graph, and
 * every other name that means it. "host" first, then containers, then `ip netns` names, then the kernel's own "net:[4026532281]".
 */
import type { Container } from '../model/docker.js'
import type { Namespace } from '../model/graph.js'
import type { NsId } from '../model/link.js'
import type { Discovered } from './discovered.js'

export interface Named {
  readonly id: NsId
  readonly found: Discovered
  readonly name: string
  readonly kind: Namespace['kind']
  readonly containers: readonly string[]
  readonly aliases: readonly string[]
}

const serviceOf = (container: Container): readonly string[] =>
  container.compose ? [`${container.compose.project}/${container.compose.service}`] : []

/** The one whose namespace it is before those that joined it. */
const ownersFirst = (containers: readonly Container[]): readonly Container[] =>
  containers.toSorted(
    (a, b) =>
      Number(a.networkMode.startsWith('container:')) - Number(b.networkMode.startsWith('container:')) || a.name.localeCompare(b.name),
  )

interface Wish {
  readonly kind: Namespace['kind']
  /** in order of preference; the last one cannot be taken */
  readonly names: readonly string[]
}

const wish = (id: NsId, found: Discovered, containers: readonly Container[]): Wish => {
  const kernel = found.inode === null ? id : `net:[${found.inode}]`
  const last = [kernel, id]
  if (found.folder === 'host') return { kind: 'host', names: ['host', `host of ${found.machine}`, ...last] }
  const [first] = containers
  if (first) return { kind: 'container', names: [first.name, `container:${first.name}`, `container:${first.id.slice(0, 12)}`, ...last] }
  if (found.names.length > 0) return { kind: 'named', names: [...found.names, ...found.names.map((name) => `netns:${name}`), ...last] }
  return { kind: found.pids.length > 0 ? 'process' : 'other', names: last }
}

const RANK: Readonly<Record<Namespace['kind'], number>> = { host: 0, container: 1, named: 2, process: 3, other: 4 }

export const nameAll = (found: readonly Discovered[], containersOf: (id: NsId) => readonly Container[]): readonly Named[] => {
  const wishes = found.map((one) => {
    const id = `${one.machine}/${one.folder}`
    const containers = ownersFirst(containersOf(id))
    return { id, found: one, containers, ...wish(id, one, containers) }
  })
  const taken = new Set<string>()
  const named = new Map<NsId, Named>()
  for (const { id, found: one, containers, kind, names } of wishes.toSorted((a, b) => RANK[a.kind] - RANK[b.kind])) {
    const name = names.find((candidate) => !taken.has(candidate)) ?? id
    taken.add(name)
    const others = [...containers.flatMap((container) => [container.name, ...serviceOf(container)]), ...one.names]
    named.set(id, {
      id,
      found: one,
      name,
      kind,
      containers: containers.map((container) => container.id),
      aliases: [...new Set(others)].filter((other) => other !== name),
    })
  }
  return wishes.flatMap(({ id }) => named.get(id) ?? [])
}
