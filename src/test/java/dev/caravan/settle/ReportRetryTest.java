package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.Diagnosis;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportRetryTest {
    @ParameterizedTest
    @CsvSource({
        "5.3.4, 552 5.3.4 too large, true",
        "5.2.3, 552 5.2.3 too large, true",
        "5.2.2, 552 5.2.2 mailbox full, false",
        "5.6.3, 554 5.6.3 no, true",
        "5.7.1, 554 5.7.1 no, true",
        "5.0.0, 552 no, true",
        "5.0.0, 554 no, true",
        "5.0.0, 550 no such user, false",
        "5.1.1, 550 5.1.1 no such user, false",
        "5.4.4, no host, false",
    })
    void isSentOnceMoreForItsContentOnly(String status, String reply, boolean isOfContent) {
        Diagnosis diagnosis = Diagnosis.ours(status, reply);
        assertEquals(isOfContent, ReportRetry.isOfContent(diagnosis));
    }
}
