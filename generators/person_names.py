"""Common first and last names, for plausible customers."""

_FIRST = """
Aaron Abigail Adam Adrian Alan Alice Amanda Amara Amir Amy Andre Andrea Angela Anita Anna Anthony
Aria Arjun Ava Beatriz Benjamin Bianca Brandon Brian Camila Carlos Carmen Caroline Charles Chloe
Christine Claire Daniel David Deborah Diana Diego Dylan Eleanor Elena Elijah Elizabeth Ella Emily
Emma Eric Ethan Eva Fatima Felix Fiona Francisco Gabriel Gabriela George Grace Hannah Harper Hassan
Helen Henry Hugo Ian Ibrahim Ines Isaac Isabella Ivan Jack Jacob James Jasmine Jason Jennifer
Jessica Joan John Jonathan Jordan Joseph Joshua Juan Julia Julian Karen Katherine Kevin Khalid
Kimberly Laura Lauren Leah Leo Leon Liam Lily Linda Logan Lucas Lucia Lucy Luis Luna Madison Marcus
Maria Mark Mary Mason Mateo Matthew Maya Mei Melissa Mia Michael Michelle Miguel Mila Mohammed
Monica Naomi Natalie Nathan Nicholas Nicole Nina Noah Nora Oliver Olivia Omar Oscar Owen Patricia
Patrick Paul Penelope Peter Priya Rachel Rafael Raj Rebecca Ricardo Richard Robert Rosa Ruby Ruth
Ryan Samantha Samuel Sandra Sara Scott Sean Sebastian Sofia Sophie Stella Stephen Susan Tara Teresa
Theo Thomas Tyler Valentina Vanessa Victor Victoria Vincent Violet Wei William Xavier Yasmin Yuki
Zara Zoe
"""

_LAST = """
Adams Aguilar Ahmed Alexander Ali Allen Alvarez Anderson Andrews Bailey Baker Barnes Bell Bennett
Black Boyd Bradley Brooks Brown Bryant Burns Butler Campbell Carter Castillo Castro Chan Chavez Chen
Clark Cole Coleman Collins Cook Cooper Cox Crawford Cruz Cunningham Daniels Davis Diaz Dixon Dunn
Edwards Ellis Evans Ferguson Fernandez Fisher Flores Ford Foster Fox Freeman Garcia Gardner Gibson
Gomez Gonzalez Gordon Graham Grant Gray Green Griffin Gupta Gutierrez Hall Hamilton Harris Harrison
Hart Hayes Henderson Henry Hernandez Hicks Hill Holmes Howard Hughes Hunt Hunter Jackson James
Jenkins Jimenez Johnson Jones Jordan Kaur Kelly Kennedy Khan Kim King Knight Kumar Le Lee Lewis Li
Lin Liu Long Lopez Marshall Martin Martinez Mason Mcdonald Mendoza Meyer Miller Mills Mitchell Moore
Morales Moreno Morgan Morris Murphy Murray Myers Nelson Nguyen Olson Ortiz Owens Palmer Park Parker
Patel Patterson Perez Perry Peterson Phillips Powell Price Ramirez Ramos Reed Reyes Reynolds Rice
Richardson Rivera Roberts Robertson Robinson Rodriguez Rogers Romero Rose Ross Ruiz Russell Ryan
Salazar Sanchez Sanders Santiago Schmidt Scott Shah Shaw Silva Simmons Simpson Singh Smith Snyder
Soto Spencer Stephens Stevens Stewart Stone Sullivan Taylor Thomas Thompson Torres Tran Tucker
Turner Vargas Vasquez Wagner Walker Wallace Wang Ward Warren Washington Watson Weaver Webb Weber
Wells West White Williams Wilson Wood Woods Wright Wu Yang Young Zhang
"""

FIRST_NAMES: tuple[str, ...] = tuple(_FIRST.split())
LAST_NAMES: tuple[str, ...] = tuple(_LAST.split())
