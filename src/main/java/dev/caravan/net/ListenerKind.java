package dev.caravan.net;

/** What clients an SMTP listener is for, and with that which rules its sessions have. */
public enum ListenerKind {
    /** Other mail servers (RFC 5321). */
    SMTP("smtp", "mx", false),
    /** Mail programs of users; TLS begins with STARTTLS (RFC 6409). */
    SUBMISSION("submission", "submission", false),
    /** Mail programs of users; the connection begins with TLS (RFC 8314 §3.3). */
    SUBMISSIONS("submissions", "submission", true),
    /** Printers and programs that cannot authenticate; known by their addresses. */
    DEVICES("devices", "devices", false);

    private final String name;
    private final String role;
    private final boolean implicitTls;

    ListenerKind(String name, String role, boolean implicitTls) {
        this.name = name;
        this.role = role;
        this.implicitTls = implicitTls;
    }

    /** The key of the setting that has its addresses: {@code smtp.listen}, and so on. */
    public String setting() {
        return name + ".listen";
    }

    /** The placeholder by which a route names these addresses. */
    public String placeholder() {
        return "{{" + setting() + "}}";
    }

    /** What an operator does if no route listens at its addresses. */
    public String remedy() {
        return "expected: a route that begins with netty:tcp://" + placeholder()
                + ", as those that come with the server";
    }

    /** Its name in settings and in the line that a server prints when it is ready. */
    public String word() {
        return name;
    }

    /** The value of the header {@code role} in routes: {@code mx}, {@code submission} or {@code devices}. */
    public String role() {
        return role;
    }

    /** Whether a connection begins with a TLS handshake. */
    public boolean isImplicitTls() {
        return implicitTls;
    }

    /** Whether its clients hand in their own new messages (RFC 6409), as opposed to relaying those of others. */
    public boolean isForSubmission() {
        return this != SMTP;
    }
}
