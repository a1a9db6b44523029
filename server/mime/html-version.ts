/** Of what cleans HTML. Mail that an older one has cleaned is cleaned again, from its raw mail, when it is opened. */
export const htmlVersion = 1
