/** The terminal, decided once: colour, width, whether somebody is looking. */
export interface Terminal {
  readonly isTty: boolean
  readonly errIsTty: boolean
  /** columns; 80 where nobody says */
  readonly width: number
  readonly color: boolean
}

/** --color and --no-color, then NO_COLOR, FORCE_COLOR, a dumb terminal, and whether it is a terminal at all. */
export const terminal = (flag: boolean | undefined): Terminal => {
  const { env, stdout, stderr } = process
  const isTty = stdout.isTTY === true
  const byEnv = env['NO_COLOR'] ? false : env['FORCE_COLOR'] ? env['FORCE_COLOR'] !== '0' : env['TERM'] === 'dumb' ? false : isTty
  return { isTty, errIsTty: stderr.isTTY === true, width: stdout.columns ?? 80, color: flag ?? byEnv }
}

/** A reader that went away (`| head`) wants no more; that is no error. */
export const print = (text: string): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
  })
  process.stdout.write(text)
}

export const printError = (text: string): void => void process.stderr.write(text)
export const exitWith = (code: number): void => {
  process.exitCode = code
}
export const now = (): string => new Date().toISOString()
export const debugging = (): boolean => /\bnetmap\b|\*/.test(process.env['DEBUG'] ?? '')
