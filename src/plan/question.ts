/**
 * How much of a host a question needs. A trace names two ends: their namespaces and the host's are read first; where the path leads into
 * another one, the use case asks again with that one added.
 */
import { formatIp } from '../ip/index.js'
import type { Question, Snapshot } from '../evidence/types.js'
import { parseDockerInspect } from '../parse/docker-inspect.js'
import type { KnownNamespace } from './linux/namespaces.js'

/** "db:5432/udp" → "db" */
const bareName = (endpoint: string): string => endpoint.replace(/\/(tcp|udp|sctp)$/, '').replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(?!netns:|pid:)([^[\]]*):\d+$/, '$1').replace(/^(netns|pid):([^:]+)(:\d+)?$/, '$2')

export const wantedFolders = (snapshot: Snapshot, question: Question, namespaces: readonly KnownNamespace[], machine: string): 'all' | ReadonlySet<string> => {
  if (question.kind !== 'trace') return 'all'
  const inspect = snapshot.evidence.get(`${machine}/docker-inspect.json`)
  if (!inspect && (snapshot.evidence.get(`${machine}/docker-ps.txt`)?.stdout ?? '') !== '') return new Set(['host'])
  const containers = parseDockerInspect(inspect?.stdout ?? '', `${machine}/docker-inspect.json`).facts
  const names = new Set([bareName(question.from), bareName(question.to)])
  const folderOf = (pid: number): string | undefined => namespaces.find((one) => one.pids.includes(pid))?.folder
  const folders = new Set<string>(['host', ...question.namespaces])
  for (const container of containers) {
    const service = container.compose ? [container.compose.service, `${container.compose.project}/${container.compose.service}`] : []
    const meant = [container.name, ...service, ...container.endpoints.flatMap((one) => one.aliases)].some((name) => names.has(name)) || container.endpoints.some((one) => [one.ip4, one.ip6].some((ip) => ip && names.has(formatIp(ip)))) || [...names].some((name) => /^[0-9a-f]{2,}$/.test(name) && container.id.startsWith(name))
    const folder = folderOf(container.pid)
    if (meant && folder) folders.add(folder)
  }
  for (const one of namespaces) if (one.names.some((name) => names.has(name)) || one.pids.some((pid) => names.has(String(pid)))) folders.add(one.folder)
  return folders
}
