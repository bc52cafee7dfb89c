/** What a recording would run, before anything is known of the host: the first round to the letter, later rounds with what they depend on in <angle brackets>. */
import type { PlannedCommand } from '../evidence/recorded.js'
import type { Guard } from '../evidence/types.js'
import { LINUX, plan, type PlanOptions } from './index.js'
import { dockerDetailProbes, mountinfoProbe } from './linux/discovery.js'
import { namespaceProbes, nsidProbe } from './linux/namespace.js'

const condition = (guard: Guard | undefined): string | null => {
  if (!guard) return null
  switch (guard.kind) {
    case 'file-not-empty':
      return `${guard.path} is not empty`
    case 'file-not-zero':
      return `${guard.path} is not 0`
    case 'output-contains':
      return `${guard.probe.split('/').at(-1)} shows ${guard.texts.join(' or ')}`
    case 'output-not-empty':
      return `${guard.probe.split('/').at(-1)} is not empty`
    case 'any':
      return guard.of.map(condition).join(', or ')
  }
}

export const plannedCommands = (options: PlanOptions): readonly PlannedCommand[] => {
  const nothing = { schema: 'netmap.snapshot/1', version: '', recordedAt: '', machines: [], evidence: new Map(), redactions: [] } as const
  const first = plan(nothing, { kind: 'everything' }, options)
  const where = (namespace: string | null): string => (namespace === null ? 'this machine' : namespace === 'host' ? "netmap's own network namespace" : 'each other network namespace')
  const later = [
    ...dockerDetailProbes(LINUX, { containers: ['<container>…'], networks: ['<network>…'] }, options),
    mountinfoProbe(LINUX, 0, options),
    ...namespaceProbes(LINUX, 'net', '<namespace>', options),
    nsidProbe(LINUX, 'net', '<namespace>', options),
  ]
  return [...first, ...later].map((probe) => ({ argv: probe.argv.map((word) => word.replace('/proc/0/', '/proc/<pid>/')), where: where(probe.namespace), when: condition(probe.when) }))
}
