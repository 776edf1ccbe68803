package dev.caravan.receive;

import dev.caravan.auth.Secret;

/** The body of {@code direct:authenticate}: a user and a password, of which no log shows the second. */
public final class LoginRequest {
    private final String user;
    private final Secret password;

    LoginRequest(String user, Secret password) {
        this.user = user;
        this.password = password;
    }

    /** The name as the client gave it; may hold any character. */
    public String getUser() {
        return user;
    }

    /** The password as the client gave it. */
    public String getPassword() {
        return password.reveal();
    }

    @Override
    public String toString() {
        return "LoginRequest";
    }
}
