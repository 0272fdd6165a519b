// The content security policy wants "trusted types": a string that would become HTML or a script goes through here first.
// Style sheets of the component library are the only HTML that the application sets, and a style sheet has no `<`.

interface TrustedTypePolicies {
  createPolicy(
    name: 'default',
    rules: {
      createHTML(text: string): string;
      createScriptURL(url: string): string;
    },
  ): unknown;
}

(window as { readonly trustedTypes?: TrustedTypePolicies }).trustedTypes?.createPolicy('default', {
  createHTML: (text) => {
    if (text.includes('<')) throw new TypeError('HTML that was not cleaned is not shown');
    return text;
  },
  createScriptURL: (url) => {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError('a script of another place');
    return url;
  },
});
