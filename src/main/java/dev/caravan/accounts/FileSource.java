package dev.caravan.accounts;

import dev.caravan.auth.CredentialDirectory;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.Secret;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;

/** The users of the file of credentials; hashes are computed on threads of their own. */
final class FileSource implements CredentialSource {
    private final CredentialDirectory directory;
    private final ExecutorService hashing;

    FileSource(CredentialDirectory directory, ExecutorService hashing) {
        this.directory = directory;
        this.hashing = hashing;
    }

    @Override
    public CompletionStage<Optional<LoginAnswer>> check(LoginClient client, String user, Secret password) {
        Optional<LoginAnswer> remembered = directory.remembered(user, password, client.address());
        return remembered.isPresent()
                ? CompletableFuture.completedFuture(remembered)
                : CompletableFuture.supplyAsync(() -> directory.check(user, password, client.address()), hashing);
    }

    @Override
    public void close() {
        hashing.shutdown();
    }
}
