import { register } from 'tsx/esm/api'

register()
const { default: Resizer } = await import('./worker.ts')
export default Resizer
