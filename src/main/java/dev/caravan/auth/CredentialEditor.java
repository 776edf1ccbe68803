package dev.caravan.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Changes a file of credentials. Each change is made under a lock and replaces the file as a whole, so that a server
 * that reads it sees the state before or after. Comments and unknown parts stay. Blocks on the disk.
 */
public final class CredentialEditor {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final int SALT = 16;

    private final Path file;
    private final Set<ScramHash> hashes;

    /**
     * @param file which may be missing.
     * @param hashes for which SCRAM keys are stored with new passwords.
     */
    public CredentialEditor(Path file, Set<ScramHash> hashes) {
        this.file = file.toAbsolutePath();
        this.hashes = Set.copyOf(hashes);
    }

    /**
     * What an application password may be used for.
     *
     * @param senders addresses or {@code @domain}; empty for all that the user may send as.
     * @param networks in CIDR; empty for all.
     * @param expires empty if it does not.
     */
    public record Scope(List<String> senders, List<String> networks, Optional<Instant> expires) {}

    /** A user as operators see it. */
    public record Listed(String name, boolean isDisabled, boolean hasPassword, List<ListedApp> apps) {}

    /** An application password as operators see it. */
    public record ListedApp(String label, Scope scope) {}

    /**
     * Adds a user.
     *
     * @param password empty for one with application passwords, tokens or a certificate only.
     */
    public void add(String name, Optional<Secret> password) throws IOException {
        if (!CredentialLine.isName(name)) {
            throw new IllegalArgumentException(
                    "malformed name" + " (expected: 1 to 320 characters without space, colon and quotation mark)");
        }
        edit(lines -> {
            if (lines.stream().anyMatch(line -> isOf(line, name))) {
                throw new IllegalArgumentException(name + " is there already (expected: a new user)");
            }
            lines.add(password.map(one -> protectedBy(CredentialLine.of(name), one))
                    .orElseGet(() -> CredentialLine.of(name))
                    .text());
        });
    }

    /** Replaces a user's own password. */
    public void setPassword(String name, Secret password) throws IOException {
        change(name, line -> protectedBy(line, password));
    }

    /** Keeps a user from logging in, or lets it again. */
    public void disable(String name, boolean isDisabled) throws IOException {
        change(name, line -> line.disabled(isDisabled));
    }

    /** Removes a user with all its passwords. */
    public void remove(String name) throws IOException {
        edit(lines -> {
            if (!lines.removeIf(line -> isOf(line, name))) {
                throw unknown(name);
            }
        });
    }

    /**
     * Adds an application password.
     *
     * @return the password, which is stored nowhere.
     */
    public Secret addApp(String name, String label, Scope scope) throws IOException {
        Secret password = Passwords.random();
        change(name, line -> {
            Account account = Account.of(line);
            if (account.app(label).isPresent()) {
                throw new IllegalArgumentException(
                        name + " has an application password " + label + " already (expected: a new label)");
            }
            List<StoredScram.Keys> keys = new ArrayList<>();
            account.scram()
                    .forEach((hash, stored) -> keys.add(keys(hash, password, stored.salt(), stored.iterations())));
            AppPassword app = new AppPassword(
                    label, PasswordHash.ofRandom(password), keys, scope.senders(), scope.networks(), scope.expires());
            return line.with(Account.APP + label, app.text());
        });
        return password;
    }

    /** Removes an application password. */
    public void removeApp(String name, String label) throws IOException {
        change(name, line -> {
            if (line.extra(Account.APP + label).isEmpty()) {
                throw new IllegalArgumentException(
                        name + " has no application password " + label + " (expected: one that the list shows)");
            }
            return line.without(Account.APP + label);
        });
    }

    /** All users, in the order of their names. */
    public List<Listed> list() throws IOException {
        return CredentialTable.parse(read()).accounts().stream()
                .map(account -> new Listed(
                        account.name(),
                        account.isDisabled(),
                        account.hash().isPresent(),
                        account.apps().stream()
                                .map(app -> new ListedApp(
                                        app.label(), new Scope(app.senders(), app.networks(), app.expires())))
                                .toList()))
                .toList();
    }

    private CredentialLine protectedBy(CredentialLine line, Secret password) {
        Secret prepared = Passwords.prepared(password)
                .orElseThrow(() -> new IllegalArgumentException(
                        "unusable password (expected: 1 to " + Passwords.MAX + " characters, no control characters)"));
        CredentialLine changed = line.withPassword(PasswordHash.of(prepared).text());
        Account before = Account.of(line);
        for (ScramHash hash : ScramHash.values()) {
            changed = changed.without(Account.field(hash));
            Optional<StoredScram> old = Optional.ofNullable(before.scram().get(hash));
            if (hashes.contains(hash)) {
                // The salt stays, because the application passwords share it.
                byte[] salt = old.map(StoredScram::salt).orElseGet(CredentialEditor::salt);
                int iterations = old.map(StoredScram::iterations).orElse(ScramKeys.DEFAULT_ITERATIONS);
                StoredScram scram = new StoredScram(iterations, salt, keys(hash, prepared, salt, iterations));
                changed = changed.with(Account.field(hash), ExtraText.encode(scram.text()));
            }
        }
        return changed;
    }

    private static StoredScram.Keys keys(ScramHash hash, Secret password, byte[] salt, int iterations) {
        ScramKeys.Key key = ScramKeys.key(hash, Optional.empty(), password, salt, iterations);
        return new StoredScram.Keys(hash, key.storedKey(), key.serverKey());
    }

    private static byte[] salt() {
        byte[] salt = new byte[SALT];
        new SecureRandom().nextBytes(salt);
        return salt;
    }

    private void change(String name, UnaryOperator<CredentialLine> change) throws IOException {
        edit(lines -> {
            for (int i = 0; i < lines.size(); i++) {
                if (isOf(lines.get(i), name)) {
                    lines.set(
                            i,
                            change.apply(CredentialLine.parse(lines.get(i).strip()))
                                    .text());
                    return;
                }
            }
            throw unknown(name);
        });
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("no user " + name + " (expected: one that the list shows)");
    }

    private static boolean isOf(String line, String name) {
        String text = line.strip();
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        return !text.startsWith("#") && Account.key(user).equals(Account.key(name));
    }

    private List<String> read() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    }

    private void edit(Consumer<List<String>> change) throws IOException {
        Path lock = file.resolveSibling("." + file.getFileName() + ".lock");
        try (FileChannel channel = open(lock);
                FileLock held = channel.lock()) {
            List<String> lines = new ArrayList<>(read());
            CredentialTable.parse(lines);
            change.accept(lines);
            CredentialTable.parse(lines);
            if (held.isValid()) {
                replace(lines);
            }
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void replace(List<String> lines) throws IOException {
        // An empty file would look like a disk that was full.
        String text = lines.isEmpty() ? "# no users\n" : String.join("\n", lines) + "\n";
        Path next = file.resolveSibling("." + file.getFileName() + ".new");
        Files.deleteIfExists(next);
        try (FileChannel out = open(next)) {
            ByteBuffer octets = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (octets.hasRemaining()) {
                out.write(octets);
            }
            out.force(true);
        }
        likeBefore(next);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(parent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static FileChannel open(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? FileChannel.open(
                        path,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(OWNER_ONLY))
                : FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private Path parent() {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " (expected: a file in a folder)");
        }
        return parent;
    }

    /** The server may run as another user than the one who types the command. */
    private void likeBefore(Path next) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(next, PosixFileAttributeView.class);
        if (view == null) {
            return;
        }
        boolean isNew = Files.notExists(file);
        PosixFileAttributes model = Files.readAttributes(isNew ? parent() : file, PosixFileAttributes.class);
        PosixFileAttributes mine = view.readAttributes();
        if (!mine.owner().equals(model.owner())) {
            view.setOwner(model.owner());
        }
        if (!mine.group().equals(model.group())) {
            view.setGroup(model.group());
        }
        if (!isNew) {
            view.setPermissions(model.permissions());
        }
    }
}
