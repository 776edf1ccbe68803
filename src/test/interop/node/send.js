// Sends a message by nodemailer: node send.js '{"mode": ..., "port": ..., ...}'
const fs = require('fs');
const nodemailer = require('nodemailer');
const wanted = JSON.parse(process.argv[2]);
const auth = wanted.mechanism === 'XOAUTH2'
    ? { type: 'OAuth2', user: wanted.user, accessToken: wanted.token }
    : { user: wanted.user, pass: wanted.password };
const transport = nodemailer.createTransport({
    host: 'localhost',
    port: wanted.port,
    secure: wanted.mode === 'implicit',
    requireTLS: wanted.mode === 'starttls',
    ignoreTLS: wanted.mode === 'clear',
    tls: { ca: fs.readFileSync(wanted.ca) },
    authMethod: wanted.mechanism,
    auth,
});
transport
    .sendMail({ from: wanted.from, to: wanted.to, subject: wanted.subject, text: 'Hello' })
    .then(() => transport.close())
    .catch((error) => { console.error(String(error)); process.exit(1); });
