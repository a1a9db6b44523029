import { Refusal } from '../config.ts'

/** What a column of a CSV may be. */
export const fields = ['email', 'name', 'firstName', 'lastName', 'phone', 'avatar'] as const
export type Field = (typeof fields)[number]

// as Google, Outlook, Thunderbird, Apple and HubSpot write them, in English, German, French and Spanish: without spaces,
// punctuation, accents and numbers
const spellings: Record<Field, string> = {
  email: `email emails emailaddress emailaddresses emailvalue mail mailaddress primaryemail secondaryemail workemail
    homeemail personalemail businessemail otheremail emailwork emailhome emailother additionalemail additionalemails
    additionalemailaddresses primaryemailaddress secondaryemailaddress
    emailadresse mailadresse emailarbeit emailprivat emailgeschaftlich emailandere primareemailadresse
    sekundareemailadresse weitereemailadressen
    adressemail adresseemail adressedemessagerie adresseelectronique premiereadresseelectronique
    adresseelectroniquesecondaire courriel emailtravail emaildomicile emailprofessionnel emailpersonnel
    autresadressesemail
    correo correoelectronico direcciondecorreo direcciondecorreoelectronico direcciondeemail correoprimario
    correosecundario correoelectronicoprincipal correoelectronicosecundario correoprincipal emailtrabajo emailpersonal`,
  name: `name fullname displayname contactname anzeigename vollstandigername nom nomcomplet nomaafficher nomaffiche
    nombre nombrecompleto nombreamostrar`,
  firstName: 'firstname givenname forename vorname prenom nombredepila',
  lastName: 'lastname familyname surname nachname familienname zuname nomdefamille apellido apellidos',
  phone: `phone phones phonenumber phonevalue telephone telephonenumber tel mobile mobilephone mobilenumber
    mobilephonenumber cell cellphone businessphone homephone workphone otherphone primaryphone phonework phonehome
    phonemobile phoneother
    telefon telefonnummer rufnummer telefongeschaftlich telefonprivat telefonarbeit telefonmobil teldienstlich telprivat
    mobiltelefon mobil mobilnummer mobiltelnr mobiltel handy handynummer
    telephonebureau telephonedomicile telephoneprofessionnel telephonepersonnel telephonemobile telmobile telbureau
    teldomicile telprofessionnel telpersonnel portable telephoneportable numerodetelephone numerodetelephonemobile
    telefono telefonomovil telefonodeltrabajo telefonodetrabajo telefonoparticular telefonoprincipal movil celular
    numerodetelefono numerodetelefonomovil numerodemovil`,
  avatar: 'avatar avatarurl photo photourl picture pictureurl foto imageurl',
}
const bySpelling = new Map(
  fields.flatMap((field) => spellings[field].split(/\s+/).map((spelling) => [spelling, field] as const)),
)

const spelled = (header: string): string =>
  header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '')

/**
 * What each column of a header row is; undefined where nothing is known of it. "Name" beside "Vorname" is the family
 * name, as "Nom" beside "Prénom" is; "Nombre" beside "Apellidos" is the given name.
 */
const recognised = (header: string[]): (Field | undefined)[] => {
  const found = header.map((name) => bySpelling.get(spelled(name)))
  const rest = (!found.includes('lastName') && found.includes('firstName') && 'lastName') || undefined
  const given = (found.includes('lastName') && !found.includes('firstName') && 'firstName') || undefined
  return found.map((field, i) => {
    const spelling = spelled(header[i]!)
    if (rest && ['name', 'nom'].includes(spelling)) return rest
    return given && spelling === 'nombre' ? given : field
  })
}

export interface Columns {
  /** By position; undefined where a column is not used. */
  fields: (Field | undefined)[]
  unused: string[]
}

/** `map` goes before what is recognised; null there leaves a column out. Throws a Refusal where no column is for the address. */
export const columnsOf = (header: string[], map: ReadonlyMap<string, Field | null>): Columns => {
  const names = header.map((name) => name.trim())
  const known = `Its columns: ${header.join(', ')}.`
  const missing = [...map.keys()].find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new Refusal(`The mapping names the column ${missing}, and the file has none of that name. ${known}`)
  const guessed = recognised(names)
  const found = names.map((name, i) => (map.has(name) ? (map.get(name) ?? undefined) : guessed[i]))
  if (!found.includes('email'))
    throw new Refusal(
      `The file has no column for the email address. ${known} Call one of them email, or say which one it is.`,
    )
  return { fields: found, unused: header.filter((_, i) => !found[i]) }
}

/** What is recognised, for who is asked whether it is right. */
export const suggestionsOf = (header: string[]): (Field | null)[] => recognised(header).map((field) => field ?? null)
