/**
 * `netmap trace`: asks the host for the namespaces of both ends, walks, and where the walk meets a namespace that was not read asks for
 * that one too, until it ends.
 */
import { parseIp } from '../ip/index.js'
import { trace, type TraceQuestion, traceStep } from '../query/trace/index.js'
import type { TraceAnswer } from '../query/trace/answer.js'
import { parseEndpoint, UsageError } from '../query/trace/endpoint.js'
import { buildGraph } from '../topology/index.js'
import { collectOptions, type LoadOptions, loadGraph } from './load.js'

/** Flags as the command line has them. */
export interface TraceFlags {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly ipv4?: boolean | undefined
  readonly ipv6?: boolean | undefined
  readonly proto?: string | undefined
  readonly sport?: number | undefined
  readonly src?: string | undefined
  readonly mark?: string | undefined
  readonly iif?: string | undefined
  readonly length?: number | undefined
  readonly ttl?: number | undefined
  readonly ctstate?: string | undefined
}

export const questionOf = (flags: TraceFlags): TraceQuestion => {
  const { from, to } = flags
  if (from === undefined || to === undefined)
    throw new UsageError(from === undefined ? 'trace needs FROM and TO' : `trace needs TO: where does the packet from ${from} go?`, ['netmap trace container1 8.8.8.8', 'netmap trace internet host:8080'])
  const src = flags.src === undefined ? null : parseIp(flags.src)
  if (flags.src !== undefined && !src) throw new UsageError(`--src "${flags.src}" is not an IP address`)
  const mark = flags.mark === undefined ? null : Number(flags.mark)
  if (mark !== null && !(Number.isInteger(mark) && mark >= 0 && mark <= 0xffffffff)) throw new UsageError(`--mark "${flags.mark}": expected a number up to 0xffffffff`)
  parseEndpoint(from)
  parseEndpoint(to)
  return {
    from,
    to,
    family: flags.ipv6 ? 6 : flags.ipv4 ? 4 : null,
    proto: (flags.proto ?? null) as TraceQuestion['proto'] & {},
    sport: flags.sport ?? null,
    src,
    mark,
    length: flags.length ?? null,
    ttl: flags.ttl ?? null,
    iif: flags.iif ?? null,
    established: flags.ctstate === 'established',
  }
}

export const traceQuestion = async (options: LoadOptions, flags: TraceFlags): Promise<TraceAnswer> => {
  const question = questionOf(flags)
  if (options.from !== undefined) return trace(await loadGraph(options, { kind: 'everything' }), question)
  const [{ liveHost }, { collect }] = await Promise.all([import('../host/live.js'), import('./collect.js')])
  const host = liveHost()
  const asked = collectOptions(options)
  let namespaces: readonly string[] = []
  let snapshot = await collect(host, { kind: 'trace', from: question.from, to: question.to, namespaces }, asked)
  for (;;) {
    const graph = buildGraph(snapshot)
    const { answer, unread } = traceStep(graph, question)
    const missing = unread.filter((folder) => !namespaces.includes(folder))
    if (missing.length === 0) return answer
    namespaces = [...namespaces, ...missing]
    snapshot = await collect(host, { kind: 'trace', from: question.from, to: question.to, namespaces }, asked, snapshot)
  }
}
