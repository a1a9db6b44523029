/** `npm run test:faults` tries everything, which takes long; `npm test` a share of it. */
export const isThorough = process.env['TEST_THOROUGH'] === 'yes'
