/** An unknown command: exit 2 and what was probably meant. The plugin that oclif has for this waits for a keypress. */
import { Errors, type Hook } from '@oclif/core'
import { closest } from '../model/closest.js'

const hook: Hook<'command_not_found'> = async ({ config, id }) => {
  const known = config.commandIDs.filter((one) => one !== 'overview').map((one) => one.replaceAll(':', ' '))
  const [typed = ''] = id.split(/[: ]/)
  const near = closest(typed, known)
  throw new Errors.CLIError(`netmap has no command "${typed}"`, {
    exit: 2,
    suggestions: near.length > 0 ? near.map((one) => `netmap ${one}`) : ['netmap --help'],
  })
}

export default hook
