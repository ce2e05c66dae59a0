package waybill.update;

import java.util.List;

/** Who can be asked for a content, batch by batch. For one thread at a time. */
@FunctionalInterface
public interface Hands {
    /**
     * The next to turn to, those who hold it first; none if there is nobody now, and it may be asked again later. Whoever
     * was given before may be given again.
     */
    List<Giver> next() throws InterruptedException;

    /** These alone, and nobody later. */
    static Hands only(List<Giver> givers) {
        return new Hands() {
            private List<Giver> left = givers;

            @Override
            public List<Giver> next() {
                List<Giver> now = left;
                left = List.of();
                return now;
            }
        };
    }
}
