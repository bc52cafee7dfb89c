/**
 * `netmap trace FROM TO`: where does this packet go, and why? In: the graph and the question. Out: the path there and back, every other
 * outcome that state cannot rule out, and what could not be known.
 */
import { explore, type Run } from '../../datapath/explore.js'
import { flowView } from '../../datapath/flow.js'
import type { FlowView, Packet } from '../../datapath/types.js'
import { formatIp } from '../../ip/index.js'
import type { Family, Ip } from '../../ip/types.js'
import type { Graph } from '../../model/graph.js'
import type { Gap } from '../../model/refs.js'
import type { Alternative, PathAnswer, TraceAnswer } from './answer.js'
import { type Endpoint, parseEndpoint, UsageError } from './endpoint.js'
import { type Journey, journey, type Leg, type Start } from './journey.js'
import { firstPacket, type PacketOptions } from './packet.js'
import { hostNamespace, outermost, resolveSource, resolveTarget, type Source } from './resolve.js'
import { remedy, verdict } from './verdict.js'

export interface TraceQuestion {
  readonly from: string
  readonly to: string
  readonly family?: Family | null
  readonly proto?: PacketOptions['proto']
  readonly sport?: number | null
  readonly src?: Ip | null
  readonly mark?: number | null
  readonly length?: number | null
  readonly ttl?: number | null
  /** device a packet from outside arrives by; default: the one the default route leaves by */
  readonly iif?: string | null
  /** a later packet of a flow that is already known on the way */
  readonly established?: boolean
}

export interface Traced {
  readonly answer: TraceAnswer
  /** folders of namespaces that exist, were not read, and that the path leads to */
  readonly unread: readonly string[]
}

export const trace = (graph: Graph, question: TraceQuestion): TraceAnswer => traceStep(graph, question).answer

export const traceStep = (graph: Graph, question: TraceQuestion): Traced => {
  const from = parseEndpoint(question.from)
  const to = parseEndpoint(question.to)
  if (from.port !== null) throw new UsageError(`FROM takes no port: "${question.from}"`, [`--sport ${from.port}`])
  const source = resolveSource(graph, from)
  const wanted = question.family ?? question.src?.family ?? (from.target.kind === 'address' ? from.target.ip.family : null)
  const target = resolveTarget(graph, to, source, wanted)
  const options = packetOptions(question, to)
  const packet = firstPacket(target.ip, options)
  const labels = { from: question.from, to: question.to }
  if (source.kind === 'unseen') return { answer: blind(labels, packet, source, question), unread: source.folder ? [source.folder] : [] }
  const start = startOf(graph, question, from, source, packet)
  if ('about' in start)
    return { answer: blind(labels, packet, { kind: 'unseen', label: from.text, why: start.about, remedy: start.remedy, folder: null }, question), unread: [] }
  const explored = explore((choose) => journey(graph, start, choose, question.established))
  return { answer: answer(graph, labels, question, explored.runs, explored.complete), unread: [...new Set(explored.runs.flatMap((run) => run.value.unread))] }
}

const packetOptions = (question: TraceQuestion, to: Endpoint): PacketOptions => {
  const proto = question.proto ?? to.proto
  if ((proto === 'tcp' || proto === 'udp' || proto === 'sctp') && to.port === null)
    throw new UsageError(`${proto} needs a port`, [`${to.text}:${proto === 'udp' ? '53/udp' : '80'}`])
  if (proto === 'icmp' && to.port !== null) throw new UsageError('an ICMP echo has no port', [to.text.slice(0, to.text.lastIndexOf(':'))])
  return {
    proto: proto ?? null,
    sport: question.sport ?? null,
    dport: to.port,
    src: question.src ?? null,
    mark: question.mark ?? null,
    length: question.length ?? null,
    ttl: question.ttl ?? null,
    df: true,
  }
}

/** RFC 5737 and RFC 3849: an address that is nobody's, for "somebody outside". */
const somebody = (family: Family): Ip => (family === 4 ? { family: 4, value: 0xc6336401 } : { family: 6, value: 0x20010db8000000000000000000000001n })

const startOf = (graph: Graph, question: TraceQuestion, from: Endpoint, source: Exclude<Source, { kind: 'unseen' }>, packet: Packet): Start | Gap => {
  if (source.kind === 'inside') return { kind: 'inside', ns: source.ns, packet }
  const ns = hostNamespace(graph)
  if (!ns) throw new UsageError('this snapshot holds no host namespace')
  const link = question.iif ? ns.links.find((one) => one.name === question.iif) : outermost(graph, ns, packet.family)?.link
  if (question.iif && !link)
    throw new UsageError(`no interface ${question.iif} on the host`, ns.links.map((one) => one.name))
  if (!link)
    return {
      about: `by which interface a packet from ${from.text} would arrive: the host has no IPv${packet.family} default route`,
      because: 'unsupported',
      remedy: 'name it: --iif eth0',
    }
  return { kind: 'outside', ns, link, packet: { ...packet, src: question.src ?? source.ip ?? somebody(packet.family), ttl: 60 } }
}

const blind = (
  labels: { readonly from: string; readonly to: string },
  packet: Packet,
  source: Extract<Source, { kind: 'unseen' }>,
  question: TraceQuestion,
): TraceAnswer => {
  const gap: Gap = { about: source.why, because: 'denied', remedy: source.remedy }
  const flow = { ...shown(packet, question), src: question.src ? formatIp(question.src) : '?' }
  return {
    schema: 'netmap.trace/1',
    flow,
    ...labels,
    disposition: 'insufficient-info',
    verdict: `cannot tell: ${source.why}`,
    rule: null,
    reject: null,
    remedy: source.remedy,
    final: flow,
    hops: [],
    reply: null,
    alternatives: [],
    given: [],
    gaps: [gap],
  }
}

/** A source port that the user did not name is the kernel's choice: shown as unknown. */
const shown = (packet: Packet, question: TraceQuestion): FlowView => {
  const view = flowView(packet)
  return question.sport == null && view.sport !== 'any' ? { ...view, sport: null } : view
}

const pathAnswer = (graph: Graph, leg: Leg): PathAnswer => ({
  disposition: leg.end.disposition,
  verdict: verdict(graph, leg.sent, leg.end),
  rule: leg.end.by,
  reject: leg.end.reject,
  final: flowView(leg.end.packet),
  hops: leg.hops,
  gaps: leg.gaps,
  remedy: remedy(graph, leg.end),
})

const outcomeKey = (run: Run<Journey>): string => {
  const { request, reply } = run.value
  const part = (leg: Leg | null): string =>
    leg ? `${leg.end.disposition} ${leg.end.ns.id} ${leg.end.link?.name} ${JSON.stringify(flowView(leg.end.packet))} ${leg.end.by?.text ?? ''}` : '-'
  return `${part(request)} | ${part(reply)}`
}

const answer = (
  graph: Graph,
  labels: { readonly from: string; readonly to: string },
  question: TraceQuestion,
  runs: readonly Run<Journey>[],
  complete: boolean,
): TraceAnswer => {
  const outcomes = runs.filter((run, index) => runs.findIndex((other) => outcomeKey(other) === outcomeKey(run)) === index)
  const main = outcomes[0]
  if (!main) throw new Error('explore returned no run')
  const there = pathAnswer(graph, main.value.request)
  const reply = main.value.reply ? pathAnswer(graph, main.value.reply) : null
  const unexplored: readonly Gap[] = complete
    ? []
    : [{ about: `more outcomes than netmap looked at (${runs.length} combinations tried)`, because: 'unsupported', remedy: `decide some of: ${main.given.join('; ')}` }]
  return {
    schema: 'netmap.trace/1',
    flow: shown(main.value.request.sent, question),
    ...labels,
    disposition: complete ? there.disposition : 'insufficient-info',
    verdict: there.verdict,
    rule: there.rule,
    reject: there.reject,
    remedy: there.remedy,
    final: there.final,
    hops: there.hops,
    reply,
    alternatives: outcomes.slice(1).map((run): Alternative => {
      const path = pathAnswer(graph, run.value.request)
      return {
        given: run.given,
        disposition: path.disposition,
        verdict: path.verdict,
        hops: path.hops,
        reply: run.value.reply ? pathAnswer(graph, run.value.reply) : null,
      }
    }),
    given: outcomes.length > 1 ? main.given : [],
    gaps: unique([...main.value.request.gaps, ...(main.value.reply?.gaps ?? []), ...unexplored]),
  }
}

const unique = (gaps: readonly Gap[]): readonly Gap[] =>
  gaps.filter((gap, index) => gaps.findIndex((other) => other.about === gap.about) === index)
