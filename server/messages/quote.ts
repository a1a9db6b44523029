/** Quotation marks of any script would end the quotation early; what is not seen could turn the sentence around. */
const marks = /["'\u00ab\u00bb\u2018-\u201f\u2039\u203a\u300c-\u300f\u301d-\u301f\uff02]/gu
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** What somebody else wrote, in a sentence of ours. */
export const quoted = (text: string): string => `“${text.replace(unseen, '').replace(marks, "'")}”`
