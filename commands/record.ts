import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../src/app/base-command.js'
import { dryRun, record } from '../src/app/record.js'
import { renderDryRun, renderRecorded } from '../src/render/record.js'

export default class Record extends BaseCommand {
  static override summary = 'record this host into a snapshot that every command can read with --from'
  static override description = 'Environment variables, foreign labels and command lines other than those of relays are left out; what was left out is listed.'
  static override examples = ['<%= config.bin %> record ./my-host', '<%= config.bin %> record ./my-host --dry-run', '<%= config.bin %> record ./for-a-ticket --anonymise']
  static override args = { dir: Args.string({ name: 'DIR', required: true, description: 'folder to make; must not hold anything' }) }
  static override flags = {
    'dry-run': Flags.boolean({ description: 'print every command that would be run, and run none' }),
    anonymise: Flags.boolean({ description: 'replace host and user names, MACs and public addresses by stable pseudonyms' }),
    tasks: Flags.boolean({ description: 'also look for namespaces that single threads entered (slow)' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Record)
    const options = { ...this.loadOptions(flags), tasks: flags.tasks }
    if (flags['dry-run']) {
      const planned = dryRun(options)
      if (this.format(flags) === 'json') return this.printJson({ schema: 'netmap.record-plan/1', commands: planned })
      return this.print(renderDryRun(planned))
    }
    const recorded = await record(args.dir, options, flags.anonymise)
    if (this.format(flags) === 'json') return this.printJson(recorded)
    if (!flags.quiet) this.print(renderRecorded(recorded))
  }
}
