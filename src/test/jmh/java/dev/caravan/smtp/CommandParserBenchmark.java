package dev.caravan.smtp;

import dev.caravan.mail.Domain;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One command line, as it is read. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CommandParserBenchmark {
    private final Extensions offered = Extensions.all(52_428_800);
    private final CommandParser parser = new CommandParser(new Domain("mx.example.org"), false);

    @Param({
        "EHLO client.example",
        "MAIL FROM:<sender@example.org>",
        "MAIL FROM:<sender@example.org> SIZE=4096 BODY=8BITMIME RET=HDRS ENVID=QQ314159",
        "RCPT TO:<recipient@example.net>",
        "RCPT TO:<recipient@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;recipient@example.net",
        "DATA"
    })
    public String line = "";

    @Benchmark
    public Command parse() throws SmtpSyntaxException {
        return parser.parse(line, offered);
    }
}
