// What the reference page is set up with. The functions run in the browser, each from its own text: they use nothing of this file.

declare const SwaggerUIBundle: { plugins: { DownloadUrl: unknown } }

/** A request of the page: a Map of immutable.js. */
interface Asked {
  get(name: 'url' | 'method'): string
  get(name: 'headers'): { entrySeq(): Iterable<[string, string]> } | undefined
  get(name: 'body'): unknown
}

/** The same call in other languages, beside the page's own curl. */
const snippets = () => {
  const partsOf = (asked: Asked) => {
    const body = asked.get('body')
    return {
      url: JSON.stringify(asked.get('url')),
      method: JSON.stringify(asked.get('method')),
      headers: [...(asked.get('headers')?.entrySeq() ?? [])].map((pair) => pair.map((each) => JSON.stringify(each))),
      // a file is named, not shown
      body: typeof body === 'string' ? body : body === undefined ? undefined : '<file>',
    }
  }
  const lines = (...text: (string | string[] | undefined)[]) =>
    text
      .flat()
      .filter((line) => line !== undefined)
      .join('\n')
  const php = (text: string) => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
  return {
    fn: {
      requestSnippetGenerator_typescript: (asked: Asked) => {
        const { url, method, headers, body } = partsOf(asked)
        return lines(
          `const answer = await fetch(${url}, {`,
          `  method: ${method},`,
          '  headers: {',
          headers.map(([name, value]) => `    ${name}: ${value},`),
          '  },',
          body === undefined ? undefined : `  body: ${JSON.stringify(body)},`,
          '})',
          'console.log(answer.status, await answer.text())',
        )
      },
      requestSnippetGenerator_python: (asked: Asked) => {
        const { url, method, headers, body } = partsOf(asked)
        return lines(
          'import urllib.request',
          '',
          'request = urllib.request.Request(',
          `    ${url},`,
          `    method=${method},`,
          '    headers={',
          headers.map(([name, value]) => `        ${name}: ${value},`),
          '    },',
          body === undefined ? undefined : `    data=${JSON.stringify(body)}.encode(),`,
          ')',
          'with urllib.request.urlopen(request) as answer:',
          '    print(answer.status, answer.read().decode())',
        )
      },
      requestSnippetGenerator_php: (asked: Asked) => {
        const { headers, body } = partsOf(asked)
        return lines(
          '<?php',
          `$request = curl_init(${php(asked.get('url'))});`,
          'curl_setopt_array($request, [',
          `    CURLOPT_CUSTOMREQUEST => ${php(asked.get('method'))},`,
          '    CURLOPT_HTTPHEADER => [',
          headers.map(([name, value]) => `        ${php(`${JSON.parse(name!)}: ${JSON.parse(value!)}`)},`),
          '    ],',
          body === undefined ? undefined : `    CURLOPT_POSTFIELDS => ${php(body)},`,
          '    CURLOPT_RETURNTRANSFER => true,',
          ']);',
          'echo curl_exec($request), PHP_EOL;',
        )
      },
    },
  }
}

export const referenceConfig = {
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  plugins: [() => SwaggerUIBundle.plugins.DownloadUrl, snippets],
  requestSnippetsEnabled: true,
  requestSnippets: {
    generators: {
      curl_bash: { title: 'curl', syntax: 'bash' },
      typescript: { title: 'TypeScript', syntax: 'javascript' },
      python: { title: 'Python', syntax: 'python' },
      php: { title: 'PHP', syntax: 'php' },
    },
    defaultExpanded: true,
  },
}

/** Wide enough for the eye, and no bar for another description. */
export const referenceStyle = `
.swagger-ui .topbar { padding: 6px 0 }
.swagger-ui .topbar .download-url-wrapper { display: none }
.swagger-ui .wrapper { max-width: 1100px }
.swagger-ui .info { margin: 24px 0 }
.swagger-ui .opblock-tag { font-size: 20px }
.swagger-ui .opblock .opblock-summary-description { text-align: right; font-size: 14px }
.swagger-ui .opblock-description-wrapper p, .swagger-ui .renderedMarkdown p { font-size: 15px; line-height: 1.5 }
`
