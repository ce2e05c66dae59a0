package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;

/** A decision that has to be of one kind, as that kind. */
final class Decisions {
    private Decisions() {}

    static Decision.Expired expired(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Expired.class);
        return (Decision.Expired) decision;
    }

    static Decision.Delivered delivered(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Delivered.class);
        return (Decision.Delivered) decision;
    }

    static Decision.Refused refused(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Refused.class);
        return (Decision.Refused) decision;
    }
}
