package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.source.message.SendmailArguments.Action;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines as programs write them. */
class SendmailArgumentsTest {
    private static SendmailArguments parse(String words) {
        return SendmailArguments.parse("sendmail", List.of(words.split(" ")));
    }

    /** PHP, cron, git send-email, mutt, mdadm, logwatch, mailx, Python, Ruby and others. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-t -i",
                "-ti",
                "-i -t",
                "-oi -t",
                "-t -oi -oem -odb",
                "-i -FCronDaemon -B8BITMIME -oem bob",
                "-FCronDaemon -i -odi -oem -oi -t",
                "-G -i bob@example.org",
                "-bm -v -oi bob",
                "-v -t -i -v",
                "-oem -oi -f alice@example.org -- bob",
                "-t -i -f alice@example.org -r alice@example.org",
                "-N never -R hdrs -V id -i bob",
                "-O IgnoreDots=true -O ErrorMode=m bob",
                "-OIgnoreDots bob",
                "-odq -oic -o8 -oxyz bob",
                "-d0.1 -X /dev/null -C /etc/mail/sendmail.cf -i bob",
                "-B 8BITMIME -i bob",
                "-p ESMTP:client.example -h 3 -m -n -c -U -x -i bob",
                "-L tag -A c -i bob"
            })
    void takesWhatProgramsUse(String words) {
        SendmailArguments arguments = parse(words);
        assertEquals(Action.SUBMIT, arguments.action());
        assertTrue(arguments.fromHeader() || arguments.recipients().stream().allMatch(to -> to.startsWith("bob")));
        assertTrue(arguments.fromHeader() || arguments.recipients().size() == 1, arguments.toString());
    }

    @Test
    void readsValuesBesideAndBehindTheirOptions() {
        for (String words : List.of("-falice@x -FAlice bob", "-f alice@x -F Alice bob", "-ifalice@x -tFAlice bob")) {
            SendmailArguments arguments = parse(words);
            assertEquals(Optional.of("alice@x"), arguments.sender());
            assertEquals(Optional.of("Alice"), arguments.fullName());
            assertEquals(List.of("bob"), arguments.recipients());
        }
    }

    @Test
    void knowsWhatEndsAMessage() {
        assertFalse(parse("bob").dotIsContent());
        assertFalse(parse("-oem -OIgnoreDots=false bob").dotIsContent());
        for (String words : List.of("-i bob", "-oi bob", "-o i bob", "-ti", "-O i bob", "-OIgnoreDots=True bob")) {
            assertTrue(parse(words).dotIsContent(), words);
        }
    }

    @Test
    void knowsWhatIsAskedFor() {
        assertEquals(Action.LIST, parse("-bp").action());
        assertEquals(Action.READ_ALIASES, parse("-bi").action());
        assertEquals(Action.READ_ALIASES, parse("-I").action());
        assertEquals(Action.SMTP, parse("-bs").action());
        assertEquals(Action.RUN_QUEUE, parse("-q").action());
        assertEquals(Action.RUN_QUEUE, parse("-q30m").action());
        assertEquals(Action.RUN_QUEUE, parse("-qRexample.org").action());
        assertEquals(Action.LIST, SendmailArguments.parse("mailq", List.of()).action());
        assertEquals(
                Action.READ_ALIASES,
                SendmailArguments.parse("newaliases", List.of()).action());
    }

    @Test
    void takesWhatFollowsTwoDashesForRecipients() {
        assertEquals(List.of("-bob@x", "--"), parse("-i -- -bob@x --").recipients());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Z bob", "-f", "-bd", "-bt", "-bv bob", "-bX", "-R half bob", "--bob"})
    void refusesTheRest(String words) {
        assertThrows(IllegalArgumentException.class, () -> parse(words));
    }
}
