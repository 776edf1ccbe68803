package dev.caravan.fuzz;

import dev.caravan.codec.ReplyDecoderFuzz;
import dev.caravan.codec.ServerDecoderFuzz;
import dev.caravan.delivery.DialogueFuzz;
import dev.caravan.delivery.MaildirFuzz;
import dev.caravan.dsn.DsnFuzz;
import dev.caravan.mail.AddressFuzz;
import dev.caravan.policy.TableFuzz;
import dev.caravan.queue.QueueItemFuzz;
import dev.caravan.session.SessionFuzz;
import dev.caravan.smtp.CommandFuzz;
import dev.caravan.smtp.ParameterFuzz;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What is fuzzed: each takes any octets, and throws if what they lead to breaks a rule. The fuzzer ({@code
 * src/test/fuzz/run.sh}) calls the two static methods; {@code FuzzCorpusTest} does without it.
 */
public enum FuzzTarget {
    COMMAND(CommandFuzz::run),
    PARAMETER(ParameterFuzz::run),
    ADDRESS(AddressFuzz::run),
    SERVER_DECODER(ServerDecoderFuzz::run),
    REPLY_DECODER(ReplyDecoderFuzz::run),
    SESSION(SessionFuzz::run),
    DIALOGUE(DialogueFuzz::run),
    QUEUE_ITEM(QueueItemFuzz::run),
    DSN(DsnFuzz::run),
    MAILDIR(MaildirFuzz::run),
    TABLE(TableFuzz::run);

    private static Optional<FuzzTarget> chosen = Optional.empty();

    private final Consumer<byte[]> rules;

    FuzzTarget(Consumer<byte[]> rules) {
        this.rules = rules;
    }

    /** As the corpus folder and the command line have it: {@code server-decoder}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Tries one input.
     *
     * @throws RuntimeException or an AssertionError if a rule is broken.
     */
    public void run(byte[] octets) {
        rules.accept(octets);
    }

    /** Called by the fuzzer once, with the label of the target. */
    public static void fuzzerInitialize(String[] args) {
        chosen = Arrays.stream(values())
                .filter(target -> target.label().equals(args[0]))
                .findFirst();
    }

    /** Called by the fuzzer for each input. */
    public static void fuzzerTestOneInput(byte[] octets) {
        chosen.orElseThrow().run(octets);
    }
}
