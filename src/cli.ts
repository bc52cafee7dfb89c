/**
 * The way in. `--version` is answered before oclif is loaded, since scripts ask for it and it needs nothing; everything else is oclif's.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** oclif knows letters only; `-4` and `-6` are what users of `ip` and `ping` type. */
const FAMILY: Readonly<Record<string, string>> = { '-4': '--ipv4', '-6': '--ipv6' }

/** Bare `netmap`, also with flags only, is the overview; oclif's pattern strategy has no place for a default command. */
export const withDefaultCommand = (argv: readonly string[]): string[] => {
  const [first] = argv
  const isFlag = first === undefined || (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first))
  const words = argv.map((word) => FAMILY[word] ?? word)
  return isFlag ? ['overview', ...words] : words
}

export const main = async (runUrl: string): Promise<void> => {
  const argv = process.argv.slice(2)
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    const pjson = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', runUrl)), 'utf8')) as { name: string; version: string }
    process.stdout.write(`${pjson.name}/${pjson.version} ${process.platform}-${process.arch} node-${process.version}\n`)
    return
  }
  const { execute } = await import('./run.js')
  await execute({ args: withDefaultCommand(argv), dir: runUrl })
}
