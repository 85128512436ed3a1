// One demo for all specs: they look, and don't change what others look at.
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: './tests',
  globalSetup: './support/setup.mjs',
  outputDir: './test-results',
  // A flaky test is a bug, not something to try again.
  retries: 0,
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  reporter: 'list',
  timeout: 30_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    launchOptions: {
      // The system's browser: Playwright's own would be a download from elsewhere.
      executablePath: process.env.ORGTRAIL_CHROMIUM ?? '/usr/bin/chromium',
      // Chromium's sandbox refuses to run as root, which CI machines are.
      args: process.getuid() === 0 ? ['--no-sandbox'] : [],
    },
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
  },
})
