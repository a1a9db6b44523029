import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { page, root } from '../server/built.ts'

interface Component {
  'bom-ref': string
  name: string
  version: string
  properties: { name: string }[]
  externalReferences: { type: string }[]
}

interface CycloneDx {
  serialNumber: string
  metadata: { timestamp: string; component: object }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

/** CycloneDX: the packages that the server loads, and those whose code Vite put into the page. */
export const billOfMaterials = async (time: number): Promise<CycloneDx> => {
  const words = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx']
  const whole = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })) as CycloneDx
  const bundled = JSON.parse(await readFile(join(page, 'licenses.json'), 'utf8')) as { name: string; version: string }[]
  const inPage = new Set(bundled.map(({ name, version }) => `${name}@${version}`))
  const isDevelopment = ({ properties }: Component) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development')
  const components = whole.components
    .filter((component) => !isDevelopment(component) || inPage.has(component['bom-ref']))
    // where this machine got it from is nobody's business
    .map((component) => ({
      ...component,
      externalReferences: component.externalReferences.filter(({ type }) => type !== 'distribution'),
    }))
  const refs = new Set(components.map((component) => component['bom-ref']))
  const isShipped = (ref: string) => refs.has(ref) || ref.startsWith('support-inbox@')
  return {
    ...whole,
    // the same for the same content
    serialNumber: `urn:uuid:${uuidOf([...refs].join())}`,
    metadata: {
      ...whole.metadata,
      timestamp: new Date(time * 1000).toISOString(),
      component: { ...whole.metadata.component, name: 'support-inbox', type: 'application' },
    },
    components,
    dependencies: whole.dependencies
      .filter(({ ref }) => isShipped(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
  }
}

const uuidOf = (text: string): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')
