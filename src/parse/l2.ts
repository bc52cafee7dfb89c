/**
 * The layer-2 tables: `ip -j -d neigh show`, `bridge -j fdb show`, `bridge -j vlan show`.
 *
 *   [{"dst":"172.17.0.2","dev":"docker0","lladdr":"02:42:ac:11:00:02","state":["REACHABLE"]}, {"dst":"10.0.0.9","dev":"eth0","state":["FAILED"]}]
 *   [{"mac":"02:42:ac:11:00:02","ifname":"veth1","flags":[],"master":"docker0","state":""}, {"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"}]
 *   [{"ifname":"e1","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":20}]}]
 */
import { normaliseMac, parseIp } from '../ip/index.js'
import type { FdbEntry, Neighbour, PortVlan } from '../model/route.js'
import { jsonRecords, num, objects, type Parsed, str, strings } from './json.js'

export const parseNeigh = (text: string, evidence: string, proxy = false): Parsed<Neighbour> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): Neighbour[] => {
    const ip = parseIp(str(record, 'dst') ?? '')
    const dev = str(record, 'dev')
    if (!ip || dev === null) return []
    const lladdr = str(record, 'lladdr')
    const mac = lladdr === null ? null : normaliseMac(lladdr)
    const states = strings(record['state'])
    const shown = `${str(record, 'dst')} dev ${dev}${lladdr ? ` lladdr ${lladdr}` : ''} ${states.join(' ')}`
    return [{ ip, dev, mac, states, proxy: proxy || 'proxy' in record, ref: { evidence, line: index + 1, text: shown } }]
  })
  return { facts, gaps }
}

export const parseFdb = (text: string, evidence: string): Parsed<FdbEntry> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): FdbEntry[] => {
    const mac = str(record, 'mac')
    const dev = str(record, 'ifname')
    if (mac === null || dev === null) return []
    const flags = strings(record['flags'])
    const master = str(record, 'master')
    const state = str(record, 'state') ?? ''
    const vlan = num(record, 'vlan')
    const shown = `${mac} dev ${dev}${vlan === null ? '' : ` vlan ${vlan}`}${master ? ` master ${master}` : ''}${flags.map((flag) => ` ${flag}`).join('')} ${state}`.trim()
    return [{ mac, dev, master, vlan, flags, state, dst: parseIp(str(record, 'dst') ?? ''), ref: { evidence, line: index + 1, text: shown } }]
  })
  return { facts, gaps }
}

export const parseBridgeVlan = (text: string, evidence: string): Parsed<PortVlan> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): PortVlan[] => {
    const dev = str(record, 'ifname')
    if (dev === null) return []
    return objects(record['vlans']).flatMap((one): PortVlan[] => {
      const vlan = num(one, 'vlan')
      if (vlan === null) return []
      const flags = strings(one['flags'])
      const vlanEnd = num(one, 'vlanEnd') ?? vlan
      return [{ dev, vlan, vlanEnd, flags, ref: { evidence, line: index + 1, text: `${dev} ${vlan}${vlanEnd === vlan ? '' : `-${vlanEnd}`} ${flags.join(' ')}`.trim() } }]
    })
  })
  return { facts, gaps }
}
