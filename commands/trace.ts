import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../src/app/base-command.js'
import { traceQuestion } from '../src/app/trace.js'
import { exitCodeOf } from '../src/query/trace/answer.js'
import { plainStyle, renderTrace } from '../src/render/trace.js'

export default class Trace extends BaseCommand {
  static override summary = 'the path of a packet, hop by hop, with the rule or route that decided each step'
  static override description = `FROM is a container (name, id prefix, project/service), host, netns:NAME, pid:N, an address or internet.
TO is any of those, with a port for tcp (web:80) or udp (web:53/udp); without a port it is an ICMP echo request.

Exit 0: it arrives and the answer comes back. 1: it does not. 3: what decides could not be seen.`
  static override examples = [
    '<%= config.bin %> trace container1 8.8.8.8',
    '<%= config.bin %> trace web db:5432',
    '<%= config.bin %> trace internet host:8080 --json',
    '<%= config.bin %> trace container1 8.8.8.8 --from snapshots/docker-ce',
  ]
  static override args = {
    from: Args.string({ name: 'FROM', description: 'where the packet starts', required: false }),
    to: Args.string({ name: 'TO', description: 'where it is sent', required: false }),
  }
  static override flags = {
    ipv4: Flags.boolean({ exclusive: ['ipv6'], description: 'the IPv4 address of a name' }),
    ipv6: Flags.boolean({ exclusive: ['ipv4'], description: 'the IPv6 address of a name' }),
    proto: Flags.string({ options: ['icmp', 'tcp', 'udp', 'sctp'], description: 'protocol' }),
    sport: Flags.integer({ min: 1, max: 65535, description: 'source port' }),
    src: Flags.string({ helpValue: 'ADDR', description: 'source address' }),
    mark: Flags.string({ description: 'firewall mark the packet starts with (0x1)' }),
    iif: Flags.string({ helpValue: 'DEV', description: 'interface a packet from outside arrives by' }),
    length: Flags.integer({ min: 20, max: 65535, description: 'bytes, IP header included' }),
    ttl: Flags.integer({ min: 1, max: 255, description: 'time to live' }),
    ctstate: Flags.string({ options: ['new', 'established'], description: 'first packet of a flow, or a later one' }),
    flows: Flags.string({ helpValue: 'FILE', description: 'many questions, one FROM TO or JSON object a line (- is stdin); answers as NDJSON' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Trace)
    if (flags.flows !== undefined) {
      const { traceFlows } = await import('../src/app/flows.js')
      return this.exitWith(await traceFlows(flags.flows, this.loadOptions(flags), (line: string) => this.print(line)))
    }
    const answer = await traceQuestion(this.loadOptions(flags), { ...flags, from: args.from, to: args.to })
    const { width, color } = this.terminal(flags)
    if (this.format(flags) === 'json') this.printJson(answer)
    else {
      const style = color ? (await import('../src/render/style.js')).colorStyle() : plainStyle
      this.print(renderTrace(answer, { width: Math.min(Math.max(width, 60), 120), verbose: flags.verbose, style }))
    }
    this.exitWith(exitCodeOf(answer))
  }
}
