import { oneOf } from '../http/schema.ts'

export const scope = oneOf(['user', 'api_user', 'mail'], {
  title: 'Scope',
  description:
    'api_user: a program. user: an agent, through a program. mail: delivering mail to channels, and nothing else.',
})
