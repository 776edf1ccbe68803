package dev.caravan.routetest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An expected text is the beginning of what is seen, in whole words. */
class ScenarioRunnerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    250                        | 250 2.0.0 ok                          | true
                    250 2.0.0 ok               | 250 2.0.0 ok                          | true
                    451 4.7.1 more than 1      | 451 4.7.1 more than 1, try again later | true
                    550 5.7.1 not you          | 550 5.7.1 not you.                    | true
                    554 loop (26 hops          | 554 loop (26 hops).                   | true
                    250 2                      | 250 2.0.0 ok                          | false
                    550 5.1.1                  | 550 5.1.10 no                         | false
                    b@x.example failed 5.1.1   | b@x.example failed 5.1.11 no          | false
                    b@x.example                | b@x.example.org delivered             | false
                    451 4.7.1 more than 1      | 451 4.7.1 more than 10, try again     | false
                    451 4.7.1 less             | 451 4.7.1 more                        | false
                    """)
    void comparesWholeWords(String text, String seen, boolean isExpected) {
        assertEquals(isExpected, ScenarioRunner.begins(seen, text));
    }
}
