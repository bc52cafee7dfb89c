import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    env: { NO_COLOR: '1', TZ: 'UTC', LC_ALL: 'C' },
    unstubEnvs: true,
    restoreMocks: true,
    disableConsoleIntercept: true,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
