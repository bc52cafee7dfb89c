/** Ref → Cite: which command, in which namespace, printed the line that a step rests on. */
import type { Graph } from '../model/graph.js'
import type { Ref } from '../model/refs.js'
import type { Cite } from './types.js'

export const cite = (graph: Graph, ref: Ref): Cite => {
  const probe = graph.snapshot.evidence.get(ref.evidence)?.probe
  const namespace = probe?.namespace == null ? '' : (graph.namespaces.get(`${probe.machine}/${probe.namespace}`)?.name ?? probe.namespace)
  return { command: probe ? probe.argv.join(' ') : ref.evidence, namespace, line: ref.line, text: ref.text }
}

export const cites = (graph: Graph, refs: readonly Ref[]): readonly Cite[] => refs.map((ref) => cite(graph, ref))
