// Runs once before all specs; what it returns runs once after them.
import { startDemo } from './server.mjs'

export default async function setup() {
  const demo = await startDemo()
  // Workers inherit the environment: it is how they learn where the demo is.
  process.env.ORGTRAIL_URL = demo.url
  process.env.ORGTRAIL_DATA_DIR = demo.directory
  return demo.stop
}
